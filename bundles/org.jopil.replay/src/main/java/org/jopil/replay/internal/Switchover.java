// SPDX-License-Identifier: Apache-2.0
package org.jopil.replay.internal;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jopil.api.source.Analyzers;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.util.promise.Promise;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Switches an instance between the wire and a file: what reads this machine goes, and what remembers packets begins anew, so
 * that nothing of the one is among the other. One thread at a time.
 */
final class Switchover {
    private static final Logger LOG = LoggerFactory.getLogger(Switchover.class);
    /** Whose components read the kernel, or its counters. */
    private static final Set<String> OF_THIS_MACHINE =
            Set.of("org.jopil.sensor", "org.jopil.tracer", "org.jopil.analyzer.cpu");

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

    private List<ComponentDescriptionDTO> switchedOff = List.of();

    Switchover(BundleContext context, ServiceComponentRuntime runtime, Analyzers analyzers) {
        this.context = context;
        this.runtime = runtime;
        this.analyzers = analyzers;
    }

    /**
     * Takes away what reads this machine, and lets everything that remembers begin anew.
     *
     * @param between done while nothing that remembers is there
     */
    void toFile(Runnable between) throws InterruptedException, InvocationTargetException {
        switchedOff = enabledOf(OF_THIS_MACHINE);
        disable(switchedOff);
        anew(between);
    }

    /** The other way round. */
    void toWire(Runnable between) throws InterruptedException, InvocationTargetException {
        if (isStopping()) {
            between.run();
            return;
        }
        anew(between);
        List<ComponentDescriptionDTO> back = switchedOff;
        switchedOff = List.of();
        enable(back);
    }

    private boolean isStopping() {
        return context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).getState() != Bundle.ACTIVE;
    }

    /** From one file to another: lets everything that remembers begin anew. */
    void anew(Runnable between) throws InterruptedException, InvocationTargetException {
        List<ComponentDescriptionDTO> remembering = remembering();
        try {
            disable(remembering);
            between.run();
        } finally {
            enable(remembering);
        }
        awaitAnalyzers();
    }

    private List<ComponentDescriptionDTO> enabledOf(Collection<String> bundles) {
        return runtime.getComponentDescriptionDTOs().stream()
                .filter(component -> bundles.contains(component.bundle.symbolicName))
                .filter(runtime::isComponentEnabled)
                .toList();
    }

    private List<ComponentDescriptionDTO> remembering() {
        List<ComponentDescriptionDTO> found = new ArrayList<>(enabledOf(Set.of(WHY)));
        ServiceReference<?>[] references;
        try {
            references = context.getAllServiceReferences(null, ANALYZERS);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
        for (ServiceReference<?> reference : references == null ? new ServiceReference<?>[0] : references) {
            if (reference.getProperty(COMPONENT) instanceof String name
                    && !reference.getBundle().getSymbolicName().equals(WHY)) {
                ComponentDescriptionDTO component = runtime.getComponentDescriptionDTO(reference.getBundle(), name);
                if (component != null && runtime.isComponentEnabled(component)) {
                    found.add(component);
                }
            }
        }
        return found;
    }

    private void disable(List<ComponentDescriptionDTO> components)
            throws InterruptedException, InvocationTargetException {
        for (ComponentDescriptionDTO component : components) {
            await(runtime.disableComponent(component));
        }
    }

    /** A bundle that has gone meanwhile has no component to come back; it starts with what its next start brings. */
    private void enable(List<ComponentDescriptionDTO> components)
            throws InterruptedException, InvocationTargetException {
        for (ComponentDescriptionDTO component : components) {
            Bundle bundle = context.getBundle(component.bundle.id);
            if (bundle != null && bundle.getState() == Bundle.ACTIVE) {
                await(runtime.enableComponent(component));
            } else {
                LOG.info("{} has gone meanwhile", component.name);
            }
        }
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
