// SPDX-License-Identifier: Apache-2.0
package org.jopil.examples.shop;

import java.util.Arrays;

/** Entry: {@code Shop stock ADDRESS}, {@code Shop front ADDRESS STOCK}, {@code Shop customers DNS URL…}. */
public final class Shop {
    static final int DNS_PORT = 53;
    static final int HTTP_PORT = 8080;
    static final int STOCK_PORT = 6000;

    private Shop() {}

    public static void main(String[] args) throws Exception {
        if (args.length < 2) {
            System.err.println("usage: Shop stock ADDRESS | front ADDRESS STOCK | customers DNS URL...");
            System.exit(2);
        }
        String[] rest = Arrays.copyOfRange(args, 1, args.length);
        switch (args[0]) {
            case "stock" -> Stock.serve(rest[0]);
            case "front" -> Front.serve(rest[0], rest[1]);
            case "customers" -> Customers.shop(rest);
            default -> {
                System.err.println("unknown part of the shop: " + args[0]);
                System.exit(2);
            }
        }
    }
}
