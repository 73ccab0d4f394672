// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests.fault;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Runs inside an instance: puts a few instructions before a method of the product, which do harm once, the next time that
 * the method runs, and leave the time in the system property {@link #DONE}.
 */
public final class FaultAgent {
    /** System property: milliseconds since the epoch at which the fault happened. */
    public static final String DONE = "jopil.itests.fault.done";

    private static final String ARMED = "jopil.itests.fault.armed";

    private FaultAgent() {}

    /** Called by the JVM; {@code fault} is a name of {@link Fault}. */
    public static void agentmain(String fault, Instrumentation jvm) throws Exception {
        Fault planted = Fault.valueOf(fault);
        for (Class<?> loaded : jvm.getAllLoadedClasses()) {
            if (loaded.getName().equals(planted.className)) {
                jvm.addTransformer(new Planting(loaded, planted), true);
                jvm.retransformClasses(loaded);
                System.setProperty(ARMED, fault);
                return;
            }
        }
        throw new IllegalStateException("not loaded: " + planted.className);
    }

    private record Planting(Class<?> target, Fault fault) implements ClassFileTransformer {
        @Override
        public byte[] transform(
                ClassLoader loader, String name, Class<?> redefined, ProtectionDomain domain, byte[] bytes) {
            if (redefined != target) {
                return null;
            }
            ClassReader reader = new ClassReader(bytes);
            ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
            reader.accept(
                    new ClassVisitor(Opcodes.ASM9, writer) {
                        @Override
                        public MethodVisitor visitMethod(
                                int access, String method, String descriptor, String signature, String[] exceptions) {
                            MethodVisitor visitor =
                                    super.visitMethod(access, method, descriptor, signature, exceptions);
                            boolean bridge = (access & Opcodes.ACC_BRIDGE) != 0;
                            return method.equals(fault.method) && !bridge ? new Entry(visitor, fault) : visitor;
                        }
                    },
                    0);
            return writer.toByteArray();
        }
    }

    /** {@code if (armed != null && …) { armed = null; done = now; harm }} before everything else. */
    private static final class Entry extends MethodVisitor {
        private final Fault fault;

        Entry(MethodVisitor next, Fault fault) {
            super(Opcodes.ASM9, next);
            this.fault = fault;
        }

        @Override
        public void visitCode() {
            super.visitCode();
            Label unharmed = new Label();
            visitLdcInsn(ARMED);
            system("getProperty", "(Ljava/lang/String;)Ljava/lang/String;");
            visitJumpInsn(Opcodes.IFNULL, unharmed);
            fault.condition(this, unharmed);
            visitLdcInsn(ARMED);
            system("clearProperty", "(Ljava/lang/String;)Ljava/lang/String;");
            visitInsn(Opcodes.POP);
            visitLdcInsn(DONE);
            system("currentTimeMillis", "()J");
            visitMethodInsn(Opcodes.INVOKESTATIC, "java/lang/Long", "toString", "(J)Ljava/lang/String;", false);
            system("setProperty", "(Ljava/lang/String;Ljava/lang/String;)Ljava/lang/String;");
            visitInsn(Opcodes.POP);
            fault.harm(this);
            visitLabel(unharmed);
            visitFrame(Opcodes.F_SAME, 0, null, 0, null);
        }

        private void system(String method, String descriptor) {
            visitMethodInsn(Opcodes.INVOKESTATIC, "java/lang/System", method, descriptor, false);
        }
    }
}
