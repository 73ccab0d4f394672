// SPDX-License-Identifier: Apache-2.0
package org.jopil.replay.internal;

import java.lang.reflect.InvocationTargetException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jopil.api.source.Renewal;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
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

    private static final long COMPONENT_MS = 5_000;
    private static final long LOOK_MS = 5;

    private final BundleContext context;
    private final ServiceComponentRuntime runtime;
    private final Renewal renewal;

    private List<ComponentDescriptionDTO> switchedOff = List.of();

    Switchover(BundleContext context, ServiceComponentRuntime runtime, Renewal renewal) {
        this.context = context;
        this.runtime = runtime;
        this.renewal = renewal;
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
    void anew(Runnable between) throws InterruptedException {
        renewal.anew(Set.of(), between);
    }

    private List<ComponentDescriptionDTO> enabledOf(Collection<String> bundles) {
        return runtime.getComponentDescriptionDTOs().stream()
                .filter(component -> bundles.contains(component.bundle.symbolicName))
                .filter(runtime::isComponentEnabled)
                .toList();
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
}
