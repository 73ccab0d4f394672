// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;

/** Certificates and keys as PEM has them (RFC 7468). */
final class Pem {
    private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
    private static final String END = "-----END PRIVATE KEY-----";

    private Pem() {}

    /**
     * A store in memory with one entry.
     *
     * @param certificates the server's first, then those between it and the root
     * @param key in PKCS #8, without a password
     * @param password of the entry
     * @throws IOException that says what is wrong, and how it is mended
     */
    static KeyStore keyStore(Path certificates, Path key, char[] password)
            throws IOException, GeneralSecurityException {
        Collection<? extends Certificate> chain;
        try (InputStream in = Files.newInputStream(certificates)) {
            chain = CertificateFactory.getInstance("X.509").generateCertificates(in);
        }
        if (chain.isEmpty()) {
            throw new IOException(certificates + " has no certificate in PEM");
        }
        Certificate own = chain.iterator().next();
        PrivateKey secret = key(key, own.getPublicKey().getAlgorithm());
        if (!isPair(secret, own.getPublicKey())) {
            throw new IOException(key + " is not the key of the first certificate of " + certificates);
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("jopil", secret, password, chain.toArray(Certificate[]::new));
        return store;
    }

    private static boolean isPair(PrivateKey secret, PublicKey open) throws GeneralSecurityException {
        String scheme =
                switch (open.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> open.getAlgorithm();
                };
        byte[] text = {1, 2, 3};
        Signature signature = Signature.getInstance(scheme);
        signature.initSign(secret);
        signature.update(text);
        byte[] signed = signature.sign();
        signature.initVerify(open);
        signature.update(text);
        return signature.verify(signed);
    }

    private static PrivateKey key(Path file, String algorithm) throws IOException, GeneralSecurityException {
        String text = Files.readString(file, StandardCharsets.US_ASCII);
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IOException(file + " has no key in PKCS #8 without a password: openssl pkcs8 -topk8 -nocrypt -in "
                    + file + " makes one of another kind");
        }
        byte[] bytes = Base64.getMimeDecoder().decode(text.substring(begin + BEGIN.length(), end));
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
    }
}
