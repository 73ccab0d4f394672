// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * 128 bits of a text's SHA-256, by which rows are grouped: names that strangers chose must not be able to collide.
 *
 * @param text null is a text of its own
 */
record TextKey(String text, long high, long low) {
    static TextKey of(String text) {
        if (text == null) {
            return new TextKey(null, 0, 0);
        }
        try {
            ByteBuffer digest =
                    ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
            return new TextKey(text, digest.getLong(), digest.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
