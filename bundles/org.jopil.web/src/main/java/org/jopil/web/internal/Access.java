// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.internal;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jopil.web.JopilContext;
import org.jopil.web.Route;
import org.jopil.web.RouteSource;
import org.jopil.web.Routes;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.AnyService;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** The one place that knows tokens, sessions and what may be asked. Any thread. */
@Component(
        service = {Access.class, Routes.class},
        configurationPid = "org.jopil.web")
@Designate(ocd = Access.Config.class)
public final class Access implements Routes {
    @ObjectClassDefinition(
            name = "Web access",
            description = "Names under which the web interface may be reached. It always is as localhost, 127.0.0.1,"
                    + " [::1], and by the address it listens on.")
    @interface Config {
        @AttributeDefinition(
                description = "Further host names that lead here, without port, separated by commas. A request for any"
                        + " other name is refused (421), so that no foreign name server can lead a browser here.",
                required = false)
        String[] allowed__hosts() default {};

        @AttributeDefinition(
                description = "Further origins whose pages may change things, as https://ops.example, separated by"
                        + " commas. Needed only behind a proxy that speaks TLS.",
                required = false)
        String[] allowed__origins() default {};
    }

    private final Tokens tokens;
    private final Sessions sessions;
    private final Tickets tickets = new Tickets(Clock.systemUTC());
    private final LoginLimit logins = new LoginLimit(Clock.systemUTC());
    private final Guard guard;
    private final BundleContext context;
    private final Set<ServiceReference<RouteSource>> routes = ConcurrentHashMap.newKeySet();
    private final AtomicInteger changes = new AtomicInteger();
    private final Map<Object, List<String>> publicPaths = new ConcurrentHashMap<>();
    private volatile Config config;
    /** Null when something changed since it was made. */
    private volatile Guard.Rules rules;

    @Activate
    public Access(BundleContext context, Config config) {
        this.context = context;
        this.config = config;
        tokens = new Tokens(dataDirectory());
        sessions = new Sessions(tokens, Clock.systemUTC());
        guard = new Guard(tokens, sessions);
    }

    private static Path dataDirectory() {
        String data = System.getProperty("jopil.data", System.getProperty("karaf.base"));
        if (data == null) {
            throw new IllegalStateException("The system property jopil.data must name the data directory");
        }
        return Path.of(data);
    }

    @Modified
    public void modified(Config changed) {
        config = changed;
        changed();
    }

    /** References only: the servlets behind them need this component, so they cannot be had before it is there. */
    @Reference(
            service = RouteSource.class,
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC)
    public void addRoutes(ServiceReference<RouteSource> source) {
        routes.add(source);
        changed();
    }

    public void removeRoutes(ServiceReference<RouteSource> source) {
        routes.remove(source);
        changed();
    }

    @Reference(
            service = AnyService.class,
            target = "(" + JopilContext.PUBLIC_PATHS + "=*)",
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC)
    public void addPublic(Map<String, Object> properties) {
        Object paths = properties.get(JopilContext.PUBLIC_PATHS);
        publicPaths.put(
                properties.get("service.id"),
                paths instanceof String[] several ? List.of(several) : List.of(paths.toString()));
        changed();
    }

    public void removePublic(Map<String, Object> properties) {
        publicPaths.remove(properties.get("service.id"));
        changed();
    }

    @Override
    public List<Route> all() {
        return rules().routes();
    }

    Guard.Rules rules() {
        Guard.Rules present = rules;
        if (present == null) {
            present = collect();
        }
        return present;
    }

    private void changed() {
        changes.incrementAndGet();
        rules = null;
    }

    private Guard.Rules collect() {
        int before = changes.get();
        List<RouteSource> sources = routes.stream()
                .map(context::getService)
                .filter(Objects::nonNull)
                .toList();
        List<Route> allRoutes = new ArrayList<>();
        sources.forEach(source -> allRoutes.addAll(source.routes()));
        List<String> allPublic = new ArrayList<>();
        publicPaths.values().forEach(allPublic::addAll);
        Set<String> hosts = separated(config.allowed__hosts());
        for (String property : List.of("jopil.http.host", "jopil.https.host")) {
            String bound = System.getProperty(property, "");
            if (!bound.isEmpty()) {
                hosts.add(bound.indexOf(':') >= 0 ? "[" + bound + "]" : bound);
            }
        }
        Guard.Rules collected = new Guard.Rules(allRoutes, allPublic, hosts, separated(config.allowed__origins()));
        // one that is still starting is looked for again with the next request
        if (sources.size() == routes.size()) {
            rules = collected;
            if (changes.get() != before) {
                rules = null;
            }
        }
        return collected;
    }

    private static Set<String> separated(String... values) {
        Set<String> names = new HashSet<>();
        for (String value : values) {
            for (String name : value.split(",", -1)) {
                if (!name.isBlank()) {
                    names.add(name.strip());
                }
            }
        }
        return names;
    }

    Guard guard() {
        return guard;
    }

    Tokens tokens() {
        return tokens;
    }

    Sessions sessions() {
        return sessions;
    }

    Tickets tickets() {
        return tickets;
    }

    LoginLimit logins() {
        return logins;
    }
}
