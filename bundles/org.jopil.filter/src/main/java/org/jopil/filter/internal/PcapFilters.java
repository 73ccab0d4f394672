// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.LinkType;
import org.jopil.api.filter.PacketFilter;
import org.jopil.api.filter.PacketFilters;
import org.jopil.bpf.ClassicCompiler;
import org.jopil.bpf.ClassicCompiler.RefusedExpression;
import org.jopil.bpf.ClassicProgram;
import org.jopil.filter.internal.Expression.Primitive;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Our parser finds the mistakes and their columns, libpcap gives what is left its meaning. */
@Component
public final class PcapFilters implements PacketFilters {
    private final ClassicCompiler compiler;

    @Activate
    public PcapFilters(@Reference ClassicCompiler compiler) {
        this.compiler = compiler;
    }

    @Override
    public PacketFilter compile(String text, LinkType linkType) throws FilterException {
        FilterLanguage.checkLength(text);
        Expression expression = text.isBlank() ? new Expression(text) : Parser.primitives(text);
        try {
            return new Compiled(text, linkType, compiler.version(), compiler.compile(expression.text(), linkType));
        } catch (RefusedExpression e) {
            throw located(text, expression, linkType, e);
        }
    }

    /** libpcap names no place: the first primitive that it refuses by itself is the mistake. */
    private FilterException located(String text, Expression expression, LinkType linkType, RefusedExpression whole) {
        String message = whole.getMessage();
        if (message.startsWith(ClassicCompiler.UNDEFINED)) {
            return Refusals.explain(text.strip(), Math.max(0, text.indexOf("geneve")), message);
        }
        boolean rejectsAll = Refusals.rejectsAll(message);
        for (Primitive primitive : expression.primitives()) {
            try {
                compiler.compile(expression.text(primitive), linkType);
            } catch (RefusedExpression e) {
                // with Ethernet each of them may have its packets, and only all of them together none
                boolean same = Refusals.rejectsAll(e.getMessage()) == rejectsAll;
                if (same && (!rejectsAll || linkType == LinkType.RAW_IP)) {
                    return Refusals.explain(expression.typed(primitive), primitive.column(), e.getMessage());
                }
            }
        }
        return rejectsAll ? FilterException.neverMatching(text) : Refusals.explain(text.strip(), 0, message);
    }

    private record Compiled(String text, LinkType linkType, String compiler, ClassicProgram program)
            implements PacketFilter {
        @Override
        public long[] instructions() {
            return program.instructions();
        }

        @Override
        public Verdict test(byte[] frame, int from, int captured, int length) {
            return program.run(frame, from, captured, length);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
