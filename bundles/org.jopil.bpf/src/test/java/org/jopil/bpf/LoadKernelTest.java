// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is not the sensor: other objects, and what the verifier says of bad ones. */
class LoadKernelTest {
    @BeforeAll
    static void needsPrivileges() {
        Privileged.require();
    }

    @Test
    void shouldKeepTheVerifiersReason() throws IOException {
        String source =
                """
                SEC("xdp") int good(struct xdp_md *x) { return XDP_PASS; }
                SEC("xdp") int bad(struct xdp_md *x) { return *(char *)(long)x->data; }
                """;
        try (BpfObject object = Clang.open("bad.bpf.o", source)) {
            BpfException refused = assertThrows(BpfException.class, object::load);
            assertEquals("EACCES", refused.errno());
            assertTrue(refused.verifierLog().contains("invalid access to packet"), refused.verifierLog());
            assertTrue(
                    refused.getMessage().contains("load bad.bpf.o: EACCES, permission denied"), refused.getMessage());
            assertTrue(refused.getMessage().contains("offset is outside of the packet"), refused.getMessage());
            assertThrows(IllegalStateException.class, () -> object.program("good"));
        }
        try (BpfObject object = Clang.open("bad.bpf.o", source)) {
            object.autoload("bad", false).load();
            assertEquals(
                    2,
                    object.program("good")
                            .testRun(new byte[64], TestOptions.ONCE)
                            .returnValue());
            assertThrows(IllegalStateException.class, () -> object.program("bad"));
        }
    }

    @Test
    void shouldSetTheRightConstant() throws IOException {
        String source =
                """
                const volatile int first = 1;
                const volatile long long second = 2;
                const volatile short third = 3;
                SEC("xdp") int sum(struct xdp_md *x) { return first * 10000 + second * 100 + third; }
                """;
        try (BpfObject object = Clang.open("constants.bpf.o", source)) {
            ByteBuffer value = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
            object.constant("second", value.putLong(0, 45).array());
            assertThrows(IllegalArgumentException.class, () -> object.constant("first", new byte[8]));
            object.load();
            assertEquals(
                    14503,
                    object.program("sum")
                            .testRun(new byte[64], TestOptions.ONCE)
                            .returnValue());
        }
    }

    @Test
    void shouldRefuseAnObjectOfAnotherLayout() throws IOException {
        try (var in = LoadKernelTest.class.getResourceAsStream("/bpf/sensor.bpf.o")) {
            byte[] bytes = in.readAllBytes();
            // rename the member, wherever its name stands
            byte[] name = "sample_step".getBytes(StandardCharsets.UTF_8);
            for (int at = 0; at + name.length < bytes.length; at++) {
                if (Arrays.equals(bytes, at, at + name.length, name, 0, name.length)) {
                    bytes[at] = 'X';
                }
            }
            BpfException refused =
                    assertThrows(BpfException.class, () -> new NativeBpfLoader().open("sensor.bpf.o", bytes, true));
            assertTrue(refused.getMessage().contains("CONTROL_SAMPLE_STEP_OFFSET"), refused.getMessage());
        }
    }

    @Test
    void shouldRefuseWhatIsNoObject() {
        assertThrows(IllegalArgumentException.class, () -> new NativeBpfLoader()
                .open("text", "#!/bin/sh".getBytes(StandardCharsets.UTF_8), false));
    }
}
