// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.BpfLoader;
import org.jopil.bpf.BpfObject;
import org.jopil.bpf.BpfProgram;

/** The real loader on the real kernel, but for one call that is refused as some kernels do. */
final class OldKernel {
    private OldKernel() {}

    /** Before Linux 6.6. */
    static BpfLoader withoutTcx(BpfLoader real) {
        return wrap(BpfLoader.class, real, "attachTcx", 22);
    }

    /** Without the right to. */
    static BpfLoader refusingToLoad(BpfLoader real) {
        return wrap(BpfLoader.class, real, "load", 1);
    }

    /** Without CAP_SYS_ADMIN. */
    static BpfLoader refusingToMeasure(BpfLoader real) {
        return wrap(BpfLoader.class, real, "measureRunTimes", 1);
    }

    private static <T> T wrap(Class<T> type, Object real, String refused, int errno) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            if (method.getName().equals(refused)) {
                throw new BpfException(refused, "it", errno);
            }
            Object result;
            try {
                result = method.invoke(real, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
            if (result == real) {
                return proxy;
            }
            if (result instanceof BpfObject) {
                return wrap(BpfObject.class, result, refused, errno);
            }
            return result instanceof BpfProgram ? wrap(BpfProgram.class, result, refused, errno) : result;
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
