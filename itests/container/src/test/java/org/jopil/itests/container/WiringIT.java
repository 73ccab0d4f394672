// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests.container;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.systemProperty;
import static org.ops4j.pax.exam.CoreOptions.vmOptions;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.configureConsole;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.doNotModifyLogConfiguration;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.editConfigurationFilePut;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.karafDistributionConfiguration;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.apache.karaf.features.BootFinished;
import org.apache.karaf.features.Feature;
import org.apache.karaf.features.FeatureState;
import org.apache.karaf.features.FeaturesService;
import org.apache.karaf.features.Repository;
import org.jopil.api.filter.Filters;
import org.jopil.api.report.Query;
import org.jopil.api.report.Reports;
import org.jopil.api.source.Analyzers;
import org.jopil.api.source.Captures;
import org.jopil.api.source.Cost;
import org.jopil.api.source.Counters;
import org.jopil.api.source.Doctor;
import org.jopil.api.source.DropSource;
import org.jopil.api.source.DropStacks;
import org.jopil.api.source.FlowBook;
import org.jopil.api.source.FlowSource;
import org.jopil.api.source.HandOffs;
import org.jopil.api.source.HealthCheck;
import org.jopil.api.source.InterfaceStatus;
import org.jopil.api.source.Interfaces;
import org.jopil.api.source.LatencySource;
import org.jopil.api.source.Ledger;
import org.jopil.api.source.Owners;
import org.jopil.api.source.PacketTraces;
import org.jopil.api.source.Privacy;
import org.jopil.api.source.Renewal;
import org.jopil.api.source.Replays;
import org.jopil.api.source.RuleTrace;
import org.jopil.api.source.Sampling;
import org.jopil.api.source.SoftirqSource;
import org.jopil.api.source.TcpSource;
import org.jopil.api.source.Why;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.options.DefaultCompositeOption;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;

/**
 * The wiring of the distribution, looked at from inside the container. Pax Exam starts Karaf its own way; what the
 * launcher, the commands and the web do is tested on a real instance elsewhere.
 */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class WiringIT {
    private static final String OURS = "org.jopil.";

    private static final List<String> SERVICES = Stream.concat(
                    Stream.of(
                                    Analyzers.class,
                                    Captures.class,
                                    Cost.class,
                                    Counters.class,
                                    Doctor.class,
                                    DropSource.class,
                                    DropStacks.class,
                                    Filters.class,
                                    FlowBook.class,
                                    FlowSource.class,
                                    HandOffs.class,
                                    Interfaces.class,
                                    LatencySource.class,
                                    Ledger.class,
                                    Owners.class,
                                    PacketTraces.class,
                                    Privacy.class,
                                    Renewal.class,
                                    Replays.class,
                                    Reports.class,
                                    RuleTrace.class,
                                    Sampling.class,
                                    SoftirqSource.class,
                                    TcpSource.class,
                                    Why.class)
                            .map(Class::getName),
                    Stream.of(
                            "org.jopil.audit.Audit",
                            "org.jopil.bpf.BpfLoader",
                            "org.jopil.bus.EventBus",
                            "org.jopil.stats.Health",
                            "org.jopil.stats.Stats",
                            "org.jopil.web.Routes",
                            "org.jopil.web.WebClients"))
            .toList();

    private static final Set<String> REPORTS = Set.of(
            "arp",
            "captures",
            "cpus",
            "device-drops",
            "drop-events",
            "drops",
            "drops-normal",
            "flows",
            "journeys",
            "latency",
            "packets",
            "protocols",
            "stands-out",
            "tcp");
    private static final Set<String> HEALTH_CHECKS = Set.of(
            "applications", "audit", "bus", "configuration", "flows", "geo", "ledger", "privacy", "sensor", "stats");

    /** Whoever refreshes these detaches. */
    private static final Set<String> CORE =
            Set.of("org.jopil.api", "org.jopil.bpf", "org.jopil.bus", "org.jopil.sensor", "org.jopil.tracer");

    private static final Pattern CORE_IMPORT =
            Pattern.compile("(org\\.jopil|org\\.osgi|org\\.slf4j|com\\.sun\\.jna)(\\..+)?");
    private static final Pattern PACKAGE_IN_FILTER = Pattern.compile("\\(osgi\\.wiring\\.package=([^)]+)\\)");
    private static final long WAIT_NS = TimeUnit.SECONDS.toNanos(15);

    /** Nothing may be looked at before Karaf has installed all of its boot features. */
    @Inject
    @SuppressWarnings("unused")
    private BootFinished bootFinished;

    @Inject
    private BundleContext context;

    @Inject
    private FeaturesService features;

    @Configuration
    public Option[] distribution() {
        Path work = Path.of(System.getProperty("jopil.work"));
        String karaf = System.getProperty("karaf.version");
        String specs = "lib/endorsed/org.apache.karaf.specs.";
        return new Option[] {
            karafDistributionConfiguration()
                    .frameworkUrl(Path.of(System.getProperty("jopil.distribution"))
                            .toUri()
                            .toString())
                    .karafVersion(karaf)
                    .unpackDirectory(work.resolve("exam").toFile()),
            configureConsole().ignoreLocalConsole(),
            doNotModifyLogConfiguration(),
            // as the launcher starts it; relative to the unpacked distribution, in which Pax Exam starts the JVM
            vmOptions(
                    "@libexec/jvm.options",
                    "--patch-module=java.base=" + specs + "locator-" + karaf + ".jar",
                    "--patch-module=java.xml=" + specs + "java.xml-" + karaf + ".jar"),
            properties(
                    "jopil.data=${karaf.base}",
                    "jopil.interfaces=lo",
                    "jopil.mode=auto",
                    "jopil.http.host=127.0.0.1",
                    "jopil.http.port=0",
                    "jopil.http.loopback6=false",
                    "jopil.ssh.host=127.0.0.1",
                    "jopil.ssh.port=0"),
            // Pax Exam's own bundles; ours are in system/, which is asked first
            editConfigurationFilePut(
                    "etc/org.ops4j.pax.url.mvn.cfg",
                    "org.ops4j.pax.url.mvn.localRepository",
                    System.getProperty("jopil.repository")),
        };
    }

    private static Option properties(String... properties) {
        return new DefaultCompositeOption(Stream.of(properties)
                .map(property -> property.split("=", 2))
                .map(pair -> systemProperty(pair[0]).value(pair[1]))
                .toArray(Option[]::new));
    }

    @Test
    public void shouldStartEverything() {
        List<String> idle = Arrays.stream(context.getBundles())
                .filter(bundle -> !isFragment(bundle) && bundle.getState() != Bundle.ACTIVE)
                .map(bundle -> bundle + " in state " + bundle.getState())
                .toList();
        assertEquals("bundles that are not active", List.of(), idle);
        List<String> waiting = ourFeatures().stream()
                .map(Feature::getId)
                .filter(id -> features.getState(id) != FeatureState.Started)
                .toList();
        assertEquals("features that are not started", List.of(), waiting);
    }

    @Test
    public void shouldOfferEveryService() throws Exception {
        List<String> missing =
                SERVICES.stream().filter(name -> !isOffered(name)).toList();
        assertEquals("services that nobody offers", List.of(), missing);

        Reports reports = service(Reports.class);
        await("the reports " + REPORTS, () -> reports.names().containsAll(REPORTS));
        for (String name : REPORTS) {
            assertFalse(name, reports.ask(name, Query.first(1)).columns().isEmpty());
        }

        Set<String> checks = new TreeSet<>();
        for (HealthCheck check : healthChecks()) {
            checks.add(check.name());
            await(check.name() + " to be healthy", () -> check.check().status() != HealthCheck.Status.DOWN);
        }
        assertEquals(new TreeSet<>(HEALTH_CHECKS), checks);
    }

    /** An import that is satisfied later makes the framework refresh the importer, and whoever depends on it. */
    @Test
    public void shouldImportNothingLater() {
        List<String> wrong = new ArrayList<>();
        Set<String> jdk = new HashSet<>();
        ModuleLayer.boot().modules().forEach(module -> jdk.addAll(module.getPackages()));
        Predicate<String> allowed = CORE_IMPORT.asMatchPredicate().or(jdk::contains);
        List<Bundle> ours = ourBundles();
        for (Bundle bundle : ours) {
            for (BundleRequirement need :
                    bundle.adapt(BundleRevision.class).getDeclaredRequirements(PackageNamespace.PACKAGE_NAMESPACE)) {
                // "optional", or "dynamic" for DynamicImport-Package
                if (need.getDirectives().containsKey(Constants.RESOLUTION_DIRECTIVE)) {
                    wrong.add(bundle.getSymbolicName() + " may later get " + packageOf(need));
                }
                if (CORE.contains(bundle.getSymbolicName()) && !allowed.test(packageOf(need))) {
                    wrong.add(bundle.getSymbolicName() + " needs " + packageOf(need));
                }
            }
        }
        assertTrue(ours.stream().map(Bundle::getSymbolicName).toList().containsAll(CORE));
        assertEquals("imports that can make the sensor restart", List.of(), wrong);
    }

    /** Neither restarted, nor detached and attached again. */
    @Test
    public void shouldLeaveTheSensorAloneWhenFeaturesAreInstalled() throws Exception {
        await("lo to be attached", () -> loopback().attached());
        SensorLife before = sensorLife();
        Set<String> touched = new ConcurrentSkipListSet<>();
        SynchronousBundleListener listener = event -> {
            String name = event.getBundle().getSymbolicName();
            if (name.startsWith(OURS)) {
                touched.add(name);
            }
        };
        // a refresh takes this test's own bundle along, and its context
        BundleContext system = context.getBundle(Constants.SYSTEM_BUNDLE_ID).getBundleContext();
        system.addBundleListener(listener);
        try {
            Set<String> ids = new TreeSet<>();
            ourFeatures().forEach(feature -> ids.add(feature.getId()));
            // verbose tells who made it refresh what
            features.installFeatures(ids, EnumSet.of(FeaturesService.Option.Verbose));
            features.refreshRepository(ourRepository().getURI());
            features.refreshFeatures(EnumSet.noneOf(FeaturesService.Option.class));
        } finally {
            system.removeBundleListener(listener);
        }
        assertEquals("bundles of ours that were stopped or refreshed", Set.of(), touched);
        assertEquals(before, sensorLife());
    }

    /** The component registers its service when it is activated, and has the kernel's programs as long as it lives. */
    private record SensorLife(long bundleModified, long serviceId, List<Integer> programs) {}

    private SensorLife sensorLife() {
        ServiceReference<Interfaces> reference = context.getServiceReference(Interfaces.class);
        return new SensorLife(
                reference.getBundle().getLastModified(),
                (Long) reference.getProperty(Constants.SERVICE_ID),
                loopback().programIds());
    }

    private InterfaceStatus loopback() {
        return service(Interfaces.class).list().stream()
                .filter(status -> status.name().equals("lo"))
                .findAny()
                .orElseThrow();
    }

    private List<Bundle> ourBundles() {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getSymbolicName().startsWith(OURS))
                .toList();
    }

    private List<Feature> ourFeatures() {
        try {
            List<Feature> found = List.of(ourRepository().getFeatures());
            assertFalse(found.isEmpty());
            return found;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private Repository ourRepository() throws Exception {
        return Arrays.stream(features.listRepositories())
                .filter(repository -> repository.getName().startsWith("jopil-"))
                .findAny()
                .orElseThrow();
    }

    private Collection<HealthCheck> healthChecks() throws InvalidSyntaxException {
        return context.getServiceReferences(HealthCheck.class, null).stream()
                .map(context::getService)
                .toList();
    }

    private boolean isOffered(String name) {
        ServiceReference<?> reference = context.getServiceReference(name);
        return reference != null && context.getService(reference) != null;
    }

    private <T> T service(Class<T> type) {
        return context.getService(context.getServiceReference(type));
    }

    private static boolean isFragment(Bundle bundle) {
        return (bundle.adapt(BundleRevision.class).getTypes() & BundleRevision.TYPE_FRAGMENT) != 0;
    }

    private static String packageOf(BundleRequirement need) {
        Matcher matcher = PACKAGE_IN_FILTER.matcher(need.getDirectives().get(Constants.FILTER_DIRECTIVE));
        assertTrue(need.toString(), matcher.find());
        return matcher.group(1);
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + WAIT_NS;
        while (!condition.getAsBoolean()) {
            assertTrue("waited in vain for " + what, System.nanoTime() < deadline);
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }
}
