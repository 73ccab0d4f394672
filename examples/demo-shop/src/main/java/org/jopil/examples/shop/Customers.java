// SPDX-License-Identifier: Apache-2.0
package org.jopil.examples.shop;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;

/** Some twenty visits a second until the program is ended: look up the name, ask for an article, see its picture. */
final class Customers {
    private static final String[] ARTICLES = {"kettle", "lamp", "bicycle", "umbrella", "map"};

    private Customers() {}

    static void shop(String[] args) throws Exception {
        InetAddress nameServer = InetAddress.getByName(args[0]);
        Random random = new Random();
        HttpClient regular = client();
        while (true) {
            String shop = args[1 + random.nextInt(args.length - 1)];
            // a regular customer keeps the connection, a new one opens another
            HttpClient customer = random.nextInt(4) == 0 ? client() : regular;
            try {
                lookUp(nameServer, random.nextInt(0x10000));
                get(customer, shop + "/article/" + ARTICLES[random.nextInt(ARTICLES.length)]);
                if (random.nextInt(3) == 0) {
                    get(customer, shop + "/picture");
                }
                if (random.nextInt(20) == 0) {
                    nameServer.isReachable(500);
                }
            } catch (IOException e) {
                System.err.println("customer: " + e.getMessage());
            }
            Thread.sleep(20 + random.nextInt(60));
        }
    }

    private static HttpClient client() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(2))
                .build();
    }

    private static void get(HttpClient client, String url) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .timeout(Duration.ofSeconds(2))
                .method("GET", BodyPublishers.noBody())
                .build();
        client.send(request, BodyHandlers.discarding());
    }

    private static void lookUp(InetAddress nameServer, int id) throws IOException {
        byte[] name = "shop".getBytes(StandardCharsets.US_ASCII);
        byte[] question = new byte[12 + name.length + 2 + 4];
        question[0] = (byte) (id >> 8);
        question[1] = (byte) id;
        question[2] = 1;
        question[5] = 1;
        question[12] = (byte) name.length;
        System.arraycopy(name, 0, question, 13, name.length);
        question[question.length - 3] = 1;
        question[question.length - 1] = 1;
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(500);
            socket.send(new DatagramPacket(question, question.length, nameServer, Shop.DNS_PORT));
            socket.receive(new DatagramPacket(new byte[512], 512));
        }
    }
}
