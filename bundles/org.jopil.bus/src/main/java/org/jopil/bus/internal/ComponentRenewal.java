// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jopil.api.JopilException;
import org.jopil.api.source.Analyzers;
import org.jopil.api.source.Renewal;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.util.promise.Promise;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Disables the components that remember packets, and enables them again. One thread. */
final class ComponentRenewal {
    private static final Logger LOG = LoggerFactory.getLogger(ComponentRenewal.class);

    /** Remembers beside the analyzers. */
    private static final String WHY = "org.jopil.why";

    private static final String ANALYZERS = "(jopil.name=*)";
    private static final String COMPONENT = "component.name";
    private static final long COMPONENT_MS = 5_000;
    private static final long ANALYZERS_MS = 10_000;
    private static final long LOOK_MS = 5;

    private final BundleContext context;
    private final ServiceComponentRuntime runtime;
    private final Analyzers analyzers;

    ComponentRenewal(BundleContext context, ServiceComponentRuntime runtime, Analyzers analyzers) {
        this.context = context;
        this.runtime = runtime;
        this.analyzers = analyzers;
    }

    /** As {@link org.jopil.api.source.Renewal} says. */
    void anew(Set<String> more, Runnable between) throws InterruptedException {
        List<ComponentDescriptionDTO> remembering = remembering(more);
        InvocationTargetException failed = disable(remembering);
        InvocationTargetException failedLater;
        try {
            between.run();
        } finally {
            failedLater = enable(remembering);
        }
        refuse(failed == null ? failedLater : failed);
        awaitAnalyzers();
    }

    /** As {@link org.jopil.api.source.Renewal} says. */
    Renewal.Absence without(Set<String> bundles) throws InterruptedException {
        List<ComponentDescriptionDTO> away = enabledOf(bundles);
        InvocationTargetException failed = disable(away);
        if (failed != null) {
            enable(away);
            refuse(failed);
        }
        return () -> refuse(enable(away));
    }

    private static void refuse(InvocationTargetException failed) {
        if (failed != null) {
            throw new JopilException(
                    "JOPIL-145",
                    503,
                    "The instance cannot be switched over",
                    "A component did not stop or start in time, or JOPIL is stopping: jopil logs tells which. Try again",
                    failed);
        }
    }

    private List<ComponentDescriptionDTO> enabledOf(Set<String> bundles) {
        return runtime.getComponentDescriptionDTOs().stream()
                .filter(component -> bundles.contains(component.bundle.symbolicName))
                .filter(runtime::isComponentEnabled)
                .toList();
    }

    private List<ComponentDescriptionDTO> remembering(Set<String> more) {
        Set<String> bundles = new HashSet<>(more);
        bundles.add(WHY);
        List<ComponentDescriptionDTO> found = new ArrayList<>(enabledOf(bundles));
        ServiceReference<?>[] references;
        try {
            references = context.getAllServiceReferences(null, ANALYZERS);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
        for (ServiceReference<?> reference : references == null ? new ServiceReference<?>[0] : references) {
            Bundle bundle = reference.getBundle();
            if (bundle != null
                    && reference.getProperty(COMPONENT) instanceof String name
                    && !bundles.contains(bundle.getSymbolicName())) {
                ComponentDescriptionDTO component = runtime.getComponentDescriptionDTO(bundle, name);
                if (component != null && runtime.isComponentEnabled(component)) {
                    found.add(component);
                }
            }
        }
        return found;
    }

    /** Null if all went: one that does not go keeps nobody else from going. */
    private static InvocationTargetException failed(InvocationTargetException before, Step step)
            throws InterruptedException {
        try {
            step.run();
            return before;
        } catch (InvocationTargetException e) {
            return e;
        }
    }

    private interface Step {
        void run() throws InterruptedException, InvocationTargetException;
    }

    private InvocationTargetException disable(List<ComponentDescriptionDTO> components) throws InterruptedException {
        InvocationTargetException failed = null;
        for (ComponentDescriptionDTO component : components) {
            failed = failed(failed, () -> await(runtime.disableComponent(component)));
        }
        return failed;
    }

    /** A bundle that has gone meanwhile has no component to come back; it starts with what its next start brings. */
    private InvocationTargetException enable(List<ComponentDescriptionDTO> components) throws InterruptedException {
        InvocationTargetException failed = null;
        for (ComponentDescriptionDTO component : components) {
            Bundle bundle = context.getBundle(component.bundle.id);
            if (bundle != null && bundle.getState() == Bundle.ACTIVE) {
                failed = failed(failed, () -> await(runtime.enableComponent(component)));
            } else {
                LOG.info("{} has gone meanwhile", component.name);
            }
        }
        return failed;
    }

    /** The promise's own time-out is newer than the API that the component runtime is compiled against. */
    private static void await(Promise<Void> done) throws InterruptedException, InvocationTargetException {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(COMPONENT_MS);
        while (!done.isDone()) {
            if (System.nanoTime() - until > 0) {
                throw new InvocationTargetException(new TimeoutException("a component took too long"));
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
        }
        done.getValue();
    }

    /** Rows that are published before an analyzer listens are none of its. */
    private void awaitAnalyzers() throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ANALYZERS_MS);
        while (analyzers.list().stream().anyMatch(analyzer -> analyzer.state().equals("starting"))
                && System.nanoTime() - until < 0) {
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
        }
    }
}
