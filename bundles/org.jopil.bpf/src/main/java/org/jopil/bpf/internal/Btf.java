// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.internal;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Types of BTF (kernel: Documentation/bpf/btf.rst), as far as layouts need them. */
public final class Btf {
    private static final int KIND_INT = 1;
    private static final int KIND_POINTER = 2;
    private static final int KIND_ARRAY = 3;
    private static final int KIND_STRUCT = 4;
    private static final int KIND_UNION = 5;
    private static final int KIND_ENUM = 6;
    private static final int KIND_TYPEDEF = 8;
    private static final int KIND_VOLATILE = 9;
    private static final int KIND_CONST = 10;
    private static final int KIND_RESTRICT = 11;
    private static final int KIND_FUNC_PROTO = 13;
    private static final int KIND_VAR = 14;
    private static final int KIND_DATASEC = 15;
    private static final int KIND_FLOAT = 16;
    private static final int KIND_DECL_TAG = 17;
    private static final int KIND_TYPE_TAG = 18;
    private static final int KIND_ENUM64 = 19;
    private static final int KINDS_MAX = KIND_ENUM64;

    /**
     * A member of a struct.
     *
     * @param offset bytes
     * @param elements of an array, 0 if it is none
     */
    public record Member(String name, int offset, int elements) {}

    /** A struct with its size in bytes. */
    public record Struct(String name, int size, List<Member> members) {}

    private record Type(int kind, String name, int size, int reference, int elements, List<Member> members) {}

    private final List<Type> types = new ArrayList<>();
    private final Map<String, Map<String, Integer>> enums = new LinkedHashMap<>();

    private Btf() {}

    /** Reads it; {@link IllegalArgumentException} if it is no BTF. */
    public static Btf parse(ByteBuffer data) {
        try {
            Btf btf = new Btf();
            btf.read(data);
            return btf;
        } catch (IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("truncated BTF", e);
        }
    }

    private void read(ByteBuffer data) {
        if ((data.getShort(0) & 0xffff) != 0xeb9f) {
            throw new IllegalArgumentException("no BTF");
        }
        int header = data.getInt(4);
        int at = header + data.getInt(8);
        int end = at + data.getInt(12);
        int strings = header + data.getInt(16);
        ByteBuffer names = data.slice(strings, data.getInt(20)).order(data.order());
        types.add(new Type(0, "void", 0, 0, 0, List.of()));
        List<int[]> memberTypes = new ArrayList<>();
        memberTypes.add(new int[0]);
        while (at < end) {
            String name = ElfObject.string(names, data.getInt(at));
            int info = data.getInt(at + 4);
            int sizeOrType = data.getInt(at + 8);
            int count = info & 0xffff;
            int kind = info >>> 24 & 31;
            boolean bitfields = info < 0;
            if (kind == 0 || kind > KINDS_MAX) {
                throw new IllegalArgumentException("unknown kind of BTF type: " + kind);
            }
            at += 12;
            int reference = sizeOrType;
            int elements = 0;
            int[] memberType = new int[0];
            List<Member> members = new ArrayList<>();
            if (kind == KIND_ARRAY) {
                reference = data.getInt(at);
                elements = data.getInt(at + 8);
            } else if (kind == KIND_STRUCT || kind == KIND_UNION) {
                memberType = new int[count];
                for (int i = 0; i < count; i++) {
                    int bits = data.getInt(at + 12 * i + 8);
                    memberType[i] = data.getInt(at + 12 * i + 4);
                    members.add(new Member(
                            ElfObject.string(names, data.getInt(at + 12 * i)),
                            (bitfields ? bits & 0xffffff : bits) / 8,
                            0));
                }
            } else if (kind == KIND_ENUM) {
                enums.put(name, enumerators(data, names, at, count));
            }
            types.add(new Type(kind, name, sizeOrType, reference, elements, members));
            memberTypes.add(memberType);
            at += tail(kind, count);
        }
        resolveArrays(memberTypes);
    }

    /**
     * The enumerators of one enum; empty if there is none of this name. Reads no more than it needs: the kernel's BTF has
     * a hundred thousand types.
     */
    public static Map<String, Integer> enumerators(ByteBuffer data, String wanted) {
        int header = data.getInt(4);
        int at = header + data.getInt(8);
        int end = at + data.getInt(12);
        int strings = header + data.getInt(16);
        ByteBuffer names = data.slice(strings, data.getInt(20)).order(data.order());
        while (at < end) {
            int info = data.getInt(at + 4);
            int count = info & 0xffff;
            int kind = info >>> 24 & 31;
            if (kind == KIND_ENUM && ElfObject.string(names, data.getInt(at)).equals(wanted)) {
                return enumerators(data, names, at + 12, count);
            }
            at += 12 + tail(kind, count);
        }
        return Map.of();
    }

    private static Map<String, Integer> enumerators(ByteBuffer data, ByteBuffer names, int at, int count) {
        Map<String, Integer> values = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            values.put(ElfObject.string(names, data.getInt(at + 8 * i)), data.getInt(at + 8 * i + 4));
        }
        return values;
    }

    private static int tail(int kind, int count) {
        switch (kind) {
            case KIND_INT:
            case KIND_VAR:
            case KIND_DECL_TAG:
                return 4;
            case KIND_ARRAY:
                return 12;
            case KIND_STRUCT:
            case KIND_UNION:
            case KIND_DATASEC:
            case KIND_ENUM64:
                return 12 * count;
            case KIND_ENUM:
            case KIND_FUNC_PROTO:
                return 8 * count;
            default:
                return 0;
        }
    }

    /** A member's type may stand after the struct, so that arrays are known only at the end. */
    private void resolveArrays(List<int[]> memberTypes) {
        for (int i = 0; i < types.size(); i++) {
            List<Member> members = types.get(i).members();
            for (int m = 0; m < members.size(); m++) {
                Type type = types.get(skipModifiers(memberTypes.get(i)[m]));
                if (type.kind() == KIND_ARRAY) {
                    members.set(
                            m, new Member(members.get(m).name(), members.get(m).offset(), type.elements()));
                }
            }
        }
    }

    private int skipModifiers(int id) {
        int at = id;
        while (true) {
            switch (types.get(at).kind()) {
                case KIND_TYPEDEF:
                case KIND_VOLATILE:
                case KIND_CONST:
                case KIND_RESTRICT:
                case KIND_TYPE_TAG:
                    at = types.get(at).reference();
                    break;
                default:
                    return at;
            }
        }
    }

    private int size(int id) {
        Type type = types.get(skipModifiers(id));
        switch (type.kind()) {
            case KIND_INT:
            case KIND_STRUCT:
            case KIND_UNION:
            case KIND_ENUM:
            case KIND_ENUM64:
            case KIND_FLOAT:
                return type.size();
            case KIND_POINTER:
                return 8;
            case KIND_ARRAY:
                return type.elements() * size(type.reference());
            default:
                throw new IllegalArgumentException("BTF type without size: " + type.name());
        }
    }

    /** Named structs, in the object's order. */
    public List<Struct> structs() {
        List<Struct> structs = new ArrayList<>();
        for (Type type : types) {
            if (type.kind() == KIND_STRUCT && !type.name().isEmpty()) {
                structs.add(new Struct(type.name(), type.size(), List.copyOf(type.members())));
            }
        }
        return structs;
    }

    /** Enumerators of every enum that the object mentions, by its name; nameless enums under "". */
    public Map<String, Map<String, Integer>> enums() {
        return enums;
    }

    /**
     * Bytes of a global variable.
     *
     * @throws IllegalArgumentException if there is none of this name
     */
    public int sizeOfVariable(String name) {
        for (Type type : types) {
            if (type.kind() == KIND_VAR && type.name().equals(name)) {
                return size(type.reference());
            }
        }
        throw new IllegalArgumentException("no variable " + name);
    }
}
