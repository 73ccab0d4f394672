// SPDX-License-Identifier: Apache-2.0
package org.jopil.examples.shop;

import java.util.Arrays;
import java.util.concurrent.ThreadFactory;

/** Entry: the part of the shop that this process is, and what it needs to know of the others. */
public final class Shop {
    static final int DNS_PORT = 53;
    static final int WEB_PORT = 80;
    static final int ORDERS_PORT = 7000;
    static final int PARCELS_PORT = 8080;
    static final int DB_PORT = 5432;
    static final int METRICS_PORT = 8125;

    private static final String USAGE =
            """
            usage: Shop dns ADDRESS
                   Shop web ORDERS
                   Shop orders ADDRESS DB METRICS SLOW-FILE
                   Shop db ADDRESS
                   Shop metrics ADDRESS SMALL-FILE
                   Shop customers DNS URL...""";

    private Shop() {}

    public static void main(String[] args) throws Exception {
        // heads and bodies are two writes: without it the second one waits for a delayed acknowledgement
        System.setProperty("sun.net.httpserver.nodelay", "true");
        // the others are asked over IPv4 only, and are to show up with such addresses
        if (args.length > 0 && !args[0].equals("web") && !args[0].equals("customers")) {
            System.setProperty("java.net.preferIPv4Stack", "true");
        }
        String[] rest = Arrays.copyOfRange(args, Math.min(1, args.length), args.length);
        switch (args.length < 2 ? "" : args[0]) {
            case "dns" -> Dns.answer(rest);
            case "web" -> Web.serve(rest);
            case "orders" -> Orders.take(rest);
            case "db" -> Db.serve(rest);
            case "metrics" -> Metrics.collect(rest);
            case "customers" -> Customers.shop(rest);
            default -> {
                System.err.println(USAGE);
                System.exit(2);
            }
        }
    }

    /** Threads that the kernel, too, knows by the part's name. */
    static ThreadFactory threads(String part) {
        return task -> new Thread(task, part);
    }
}
