// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.net;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A network namespace, by name. Holds nothing open: a deleted namespace is gone, whoever still has this object. Any
 * thread.
 */
public final class NetworkNamespace implements AutoCloseable {
    /**
     * JNA starts its cleaner thread when the first of its memory is allocated, and a new thread is born in the namespace
     * of its parent. This one is never freed: the cleaner lives outside every namespace that we enter, and pins none.
     */
    private static final Memory CLEANER_ANCHOR = new Memory(8);

    private static final NetworkNamespace CURRENT = new NetworkNamespace("");

    private final String name;

    private NetworkNamespace(String name) {
        this.name = name;
    }

    /** The one that this process runs in. */
    public static NetworkNamespace current() {
        return CURRENT;
    }

    /** The one that {@code ip netns add NAME} made; an empty name is {@link #current}. It need not exist yet. */
    public static NetworkNamespace named(String name) {
        if (name.indexOf('/') >= 0) {
            throw new IllegalArgumentException("not a name of a network namespace: " + name);
        }
        return name.isEmpty() ? CURRENT : new NetworkNamespace(name);
    }

    /** Empty for the one that this process runs in. */
    public String name() {
        return name;
    }

    /**
     * Does the work in this namespace: on a thread of its own, which then dies, or in the calling thread if it is the
     * current namespace. The work must not start threads: they would be born in the namespace, and keep it alive.
     *
     * @throws NoSuchNamespaceException if there is none of this name
     * @throws NetException if it cannot be entered
     * @throws CompletionException around a checked exception of the work; unchecked ones come as they are
     */
    public <T> T call(Callable<T> work) {
        if (name.isEmpty()) {
            try {
                return work.call();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        }
        CLEANER_ANCHOR.size();
        FutureTask<T> task = new FutureTask<>(() -> {
            enter();
            return work.call();
        });
        Thread thread = new Thread(task, "jopil-netns-" + name);
        thread.setDaemon(true);
        thread.start();
        return result(task);
    }

    private static <T> T result(FutureTask<T> task) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    // what was begun over there must be told whole: an attached link would be lost
                    interrupted = true;
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof RuntimeException cause) {
                        throw cause;
                    }
                    if (e.getCause() instanceof Error cause) {
                        throw cause;
                    }
                    throw new CompletionException(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void enter() {
        String path = "/run/netns/" + name;
        int fd;
        try {
            fd = LibC.open(path, LibC.O_RDONLY | LibC.O_CLOEXEC);
        } catch (LastErrorException e) {
            if (e.getErrorCode() == LibC.ENOENT) {
                throw new NoSuchNamespaceException(name);
            }
            throw new NetException("open " + path, e.getErrorCode());
        }
        try {
            LibC.setns(fd, LibC.CLONE_NEWNET);
        } catch (LastErrorException e) {
            if (e.getErrorCode() == LibC.EINVAL) {
                throw new NoSuchNamespaceException(name); // a file on which no namespace is mounted (yet)
            }
            throw new NetException("setns " + path, e.getErrorCode());
        } finally {
            LibC.close(fd);
        }
    }

    /** Nothing is held; here so that callers need not know. */
    @Override
    public void close() {}

    @Override
    public String toString() {
        return name.isEmpty() ? "network namespace of this process" : "network namespace " + name;
    }

    /** There is no namespace of this name (any more). */
    public static final class NoSuchNamespaceException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NoSuchNamespaceException(String name) {
            super("there is no network namespace " + name);
        }
    }
}
