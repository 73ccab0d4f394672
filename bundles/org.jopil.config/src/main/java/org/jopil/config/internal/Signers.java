// SPDX-License-Identifier: Apache-2.0
package org.jopil.config.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.CodeSigner;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * Who may sign what is deployed: SHA-256 fingerprints of certificates. That a certificate has expired, or of whom it is,
 * does not matter: it was chosen by hand.
 */
final class Signers {
    private final Set<String> trusted = new HashSet<>();

    /** Fingerprints as keytool and openssl write them, with colons or without. */
    Signers(String... fingerprints) {
        for (String one : fingerprints) {
            if (!one.isBlank()) {
                trusted.add(one.replace(":", "").strip().toLowerCase(Locale.ROOT));
            }
        }
    }

    /** Why a jar is not trusted; empty if it is, or if everybody is. Reads all of it. */
    Optional<String> fault(JarFile jar) throws IOException {
        if (trusted.isEmpty()) {
            return Optional.empty();
        }
        try {
            for (JarEntry entry : Collections.list(jar.entries())) {
                if (entry.isDirectory() || isOfSignature(entry.getName())) {
                    continue;
                }
                // signers are known, and digests checked, once it was read to its end
                try (InputStream in = jar.getInputStream(entry)) {
                    in.transferTo(OutputStream.nullOutputStream());
                }
                if (!isSignedByTrusted(entry)) {
                    return Optional.of(entry.getName() + " is not signed by anybody of trusted_signers");
                }
            }
            return Optional.empty();
        } catch (SecurityException e) {
            return Optional.of("it was changed after it was signed (" + e.getMessage() + ")");
        }
    }

    /** What a signature consists of, which it cannot cover: the manifest it does cover, by its own file. */
    private static boolean isOfSignature(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        return upper.equals(JarFile.MANIFEST_NAME) || upper.matches("META-INF/(SIG-[^/]*|[^/]+\\.(SF|RSA|DSA|EC))");
    }

    private boolean isSignedByTrusted(JarEntry entry) {
        CodeSigner[] signers = entry.getCodeSigners();
        if (signers != null) {
            for (CodeSigner signer : signers) {
                if (trusted.contains(
                        fingerprint(signer.getSignerCertPath().getCertificates().get(0)))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static String fingerprint(Certificate certificate) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new SecurityException(e);
        }
    }
}
