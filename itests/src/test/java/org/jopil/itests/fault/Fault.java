// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests.fault;

import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** What {@link FaultAgent} can break. */
public enum Fault {
    /** One batch of packet samples is emptied when it is to be published. */
    BUS("org.jopil.bus.internal.BatchRing", "publish") {
        @Override
        void condition(MethodVisitor code, Label otherwise) {
            filling(code);
            unlessPackets(code, otherwise);
        }

        @Override
        void harm(MethodVisitor code) {
            filling(code);
            code.visitInsn(Opcodes.ICONST_0);
            code.visitFieldInsn(Opcodes.PUTFIELD, COLUMNS, "size", "I");
        }

        private void filling(MethodVisitor code) {
            code.visitVarInsn(Opcodes.ALOAD, 0);
            code.visitFieldInsn(Opcodes.GETFIELD, "org/jopil/bus/internal/BatchRing", "filling", 'L' + COLUMNS + ';');
        }
    },

    /** The place of a subscriber to packet samples jumps 100 rows ahead. */
    SUBSCRIBER("org.jopil.bus.internal.Cursor", "done") {
        @Override
        void condition(MethodVisitor code, Label otherwise) {
            code.visitVarInsn(Opcodes.ALOAD, 0);
            code.visitFieldInsn(Opcodes.GETFIELD, "org/jopil/bus/internal/Cursor", "announced", 'L' + COLUMNS + ';');
            unlessPackets(code, otherwise);
        }

        @Override
        void harm(MethodVisitor code) {
            code.visitVarInsn(Opcodes.ALOAD, 0);
            code.visitInsn(Opcodes.DUP);
            code.visitFieldInsn(Opcodes.GETFIELD, "org/jopil/bus/internal/Cursor", "nextRow", "J");
            code.visitLdcInsn(100L);
            code.visitInsn(Opcodes.LADD);
            code.visitFieldInsn(Opcodes.PUTFIELD, "org/jopil/bus/internal/Cursor", "nextRow", "J");
        }
    },

    /** A message to a browser vanishes on its way to the socket. */
    WEB("org.jopil.stream.internal.Endpoint", "send") {
        @Override
        void harm(MethodVisitor code) {
            code.visitVarInsn(Opcodes.ALOAD, 2);
            code.visitMethodInsn(Opcodes.INVOKEINTERFACE, "java/lang/Runnable", "run", "()V", true);
            code.visitInsn(Opcodes.RETURN);
        }
    };

    private static final String COLUMNS = "org/jopil/bus/Columns";

    final String className;
    final String method;

    Fault(String className, String method) {
        this.className = className;
        this.method = method;
    }

    /** Jumps to {@code otherwise} where the fault has no place; by default it always has one. */
    void condition(MethodVisitor code, Label otherwise) {}

    abstract void harm(MethodVisitor code);

    /** Jumps to {@code otherwise} unless the batch on the stack is one of packet samples. */
    private static void unlessPackets(MethodVisitor code, Label otherwise) {
        code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, "java/lang/Object", "getClass", "()Ljava/lang/Class;", false);
        code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, "java/lang/Class", "getSimpleName", "()Ljava/lang/String;", false);
        code.visitLdcInsn("PacketColumns");
        code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, "java/lang/String", "equals", "(Ljava/lang/Object;)Z", false);
        code.visitJumpInsn(Opcodes.IFEQ, otherwise);
    }
}
