// SPDX-License-Identifier: Apache-2.0
package org.jopil.examples.shop;

import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Some fifteen visits a second until the program is ended: look up the name, look at an article and its picture, order
 * it. Others want to know where their parcel is.
 */
final class Customers {
    private static final String[] ARTICLES = {"kettle", "lamp", "bicycle", "umbrella", "map"};
    private static final int BUYERS = 4;
    private static final int WAITING = 2;
    private static final int PATIENCE_MILLIS = 2_000;

    private final InetAddress nameServer;
    private final String[] shops;
    private final Random random = new Random();
    private String complaint = "";

    private Customers(InetAddress nameServer, String[] shops) {
        this.nameServer = nameServer;
        this.shops = shops;
    }

    /** What one customer does. */
    private interface Errand {
        void run() throws IOException;
    }

    static void shop(String[] args) throws Exception {
        InetAddress nameServer = InetAddress.getByName(args[0]);
        String[] shops = Arrays.copyOfRange(args, 1, args.length);
        ExecutorService town = Executors.newCachedThreadPool(Shop.threads("customers"));
        for (int n = 0; n < BUYERS + WAITING; n++) {
            Customers customer = new Customers(nameServer, shops);
            town.execute(
                    n < BUYERS ? () -> customer.repeat(customer::buy) : () -> customer.repeat(customer::waitForParcel));
        }
    }

    private void repeat(Errand errand) {
        try {
            while (true) {
                try {
                    errand.run();
                } catch (IOException e) {
                    complain(e.toString());
                }
                Thread.sleep(150 + random.nextInt(200));
            }
        } catch (InterruptedException e) {
            complain("a customer went home");
        }
    }

    private void complain(String words) {
        if (!words.equals(complaint)) {
            complaint = words;
            System.err.println("customer: " + words);
        }
    }

    private void buy() throws IOException {
        String shop = shops[random.nextInt(shops.length)];
        String article = ARTICLES[random.nextInt(ARTICLES.length)];
        lookUp(random.nextInt(0x10000));
        get(shop + "/article/" + article);
        if (random.nextInt(3) == 0) {
            get(shop + "/picture");
        }
        get(shop + "/order/" + article);
    }

    private void waitForParcel() throws IOException {
        get(shops[random.nextInt(shops.length)] + "/parcel/" + random.nextInt(1_000));
    }

    private void get(String url) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) new URL(url).openConnection();
        connection.setConnectTimeout(PATIENCE_MILLIS);
        connection.setReadTimeout(PATIENCE_MILLIS);
        // a regular customer keeps the connection, another one does not
        if (random.nextInt(4) == 0) {
            connection.setRequestProperty("Connection", "close");
        }
        boolean isServed = connection.getResponseCode() < 400;
        try (InputStream body = isServed ? connection.getInputStream() : connection.getErrorStream()) {
            byte[] words = body.readAllBytes();
            if (!isServed) {
                complain(new String(words, StandardCharsets.UTF_8).strip());
            }
        }
    }

    private void lookUp(int id) throws IOException {
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
