// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.login;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javax.security.auth.Subject;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.PasswordCallback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.FailedLoginException;
import org.apache.karaf.jaas.boot.principal.RolePrincipal;
import org.apache.karaf.jaas.boot.principal.UserPrincipal;
import org.apache.karaf.jaas.modules.publickey.PublickeyCallback;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.audit.Audit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoginModulesTest {
    @TempDir
    Path data;

    private final List<String> told = new ArrayList<>();
    private final Audit audit = new Audit() {
        @Override
        public void record(Event event) {
            told.add(event.who() + " " + event.action() + " " + event.what() + " " + event.result());
        }

        @Override
        public Report read(Query query) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Verdict verify() {
            throw new UnsupportedOperationException();
        }
    };

    @BeforeEach
    void writeTokens() throws Exception {
        Files.writeString(data.resolve("token"), "the-admin-token\n");
        Files.writeString(data.resolve("token.viewer"), "the-viewer-token\n");
    }

    @Test
    void shouldTellTheAuditLogWhoCameInAndWhoDidNot() throws Exception {
        loginByPassword("viewer", "the-viewer-token");
        assertThrows(FailedLoginException.class, () -> loginByPassword("jopil", "the-viewer-token"));
        assertEquals(List.of("viewer sign-in by token done", "jopil sign-in by token refused"), told);
    }

    @Test
    void shouldGiveAdminsRolesForAdminsToken() throws Exception {
        Subject subject = loginByPassword("jopil", "the-admin-token");
        assertEquals(AccessLoginModule.ADMIN, roles(subject));
        assertEquals(
                "jopil",
                subject.getPrincipals(UserPrincipal.class).iterator().next().getName());
    }

    @Test
    void shouldGiveViewersRolesForViewersToken() throws Exception {
        assertEquals(AccessLoginModule.VIEWER, roles(loginByPassword("viewer", "the-viewer-token")));
    }

    @Test
    void shouldRefuseTokenOfTheOtherUser() {
        assertThrows(FailedLoginException.class, () -> loginByPassword("jopil", "the-viewer-token"));
        assertThrows(FailedLoginException.class, () -> loginByPassword("karaf", "karaf"));
        assertThrows(FailedLoginException.class, () -> loginByPassword("jopil", ""));
    }

    @Test
    void shouldTakeRotatedTokenAtOnceAndRefuseTheOldOne() throws Exception {
        Files.writeString(data.resolve("token"), "another\n");
        loginByPassword("jopil", "another");
        assertThrows(FailedLoginException.class, () -> loginByPassword("jopil", "the-admin-token"));
    }

    @Test
    void shouldRefuseEmptyPasswordWhenTokenIsEmpty() throws Exception {
        Files.writeString(data.resolve("token"), "\n");
        assertThrows(FailedLoginException.class, () -> loginByPassword("jopil", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"secp256r1", "secp384r1", "secp521r1", "Ed25519", "RSA"})
    void shouldLetInKeyOfEveryKind(String kind) throws Exception {
        PublicKey key = generate(kind);
        String line = Base64.getEncoder().encodeToString(SshKeys.blob(key).orElseThrow());
        Files.writeString(data.resolve("keys.properties"), "ann = " + line + ",_g_:viewergroup\n");
        assertEquals(AccessLoginModule.VIEWER, roles(loginByKey("ann", key)));
        PublicKey another = generate(kind);
        assertThrows(FailedLoginException.class, () -> loginByKey("ann", another));
        assertThrows(FailedLoginException.class, () -> loginByKey("bob", key));
    }

    @Test
    void shouldTakeRolesOfTheFilesGroup() throws Exception {
        PublicKey key = generate("Ed25519");
        String line = Base64.getEncoder().encodeToString(SshKeys.blob(key).orElseThrow());
        Files.writeString(
                data.resolve("keys.properties"), "ann = " + line + ",extra,_g_:ops\n_g_\\:ops = ssh, viewer\n");
        assertEquals(Set.of("extra", "ssh", "viewer"), roles(loginByKey("ann", key)));
    }

    /** The line that ssh-keygen wrote for this key, taken over as it is. */
    @Test
    void shouldWriteEd25519AsSshKeygenDoes() throws Exception {
        String line = "AAAAC3NzaC1lZDI1NTE5AAAAIMBVRa3E4gMyuK2AOcN4OxWmMVT4kS5z9iLb8bw5YSyB";
        byte[] blob = Base64.getDecoder().decode(line);
        byte[] x509 = new byte[44];
        System.arraycopy(HexFormat.of().parseHex("302a300506032b6570032100"), 0, x509, 0, 12);
        System.arraycopy(blob, 19, x509, 12, 32);
        PublicKey key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(x509));
        assertEquals(line, Base64.getEncoder().encodeToString(SshKeys.blob(key).orElseThrow()));
    }

    @Test
    void shouldLeaveTheOtherProofToTheOtherModule() throws Exception {
        TokenLoginModule module = new TokenLoginModule();
        module.initialize(
                new Subject(),
                callbacks -> {
                    throw new UnsupportedCallbackException(callbacks[1]);
                },
                Map.of(),
                options());
        assertFalse(module.login());
        assertFalse(module.commit());
    }

    private static PublicKey generate(String kind) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(kind.startsWith("secp") ? "EC" : kind);
        if (kind.startsWith("secp")) {
            generator.initialize(new ECGenParameterSpec(kind));
        }
        return generator.generateKeyPair().getPublic();
    }

    private Subject loginByPassword(String user, String password) throws Exception {
        return login(new TokenLoginModule(), user, callback -> ((PasswordCallback) callback)
                .setPassword(password.toCharArray()));
    }

    private Subject loginByKey(String user, PublicKey key) throws Exception {
        return login(new KeyLoginModule(), user, callback -> ((PublickeyCallback) callback).setPublicKey(key));
    }

    private Subject login(AccessLoginModule module, String user, Consumer<Callback> proof) throws Exception {
        Subject subject = new Subject();
        module.initialize(
                subject,
                callbacks -> {
                    ((NameCallback) callbacks[0]).setName(user);
                    proof.accept(callbacks[1]);
                },
                Map.of(),
                options());
        assertTrue(module.login());
        assertTrue(module.commit());
        return subject;
    }

    private Map<String, ?> options() {
        return Map.of(SshRealm.DATA, data.toString(), SshRealm.ETC, data.toString(), SshRealm.AUDIT, audit);
    }

    private static Set<String> roles(Subject subject) {
        return subject.getPrincipals(RolePrincipal.class).stream()
                .map(RolePrincipal::getName)
                .collect(Collectors.toSet());
    }
}
