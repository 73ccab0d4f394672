// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.nio.ByteBuffer;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.jopil.api.JopilException;
import org.jopil.api.event.Direction;
import org.jopil.api.source.AttachMode;
import org.jopil.api.source.Cost;
import org.jopil.api.source.InterfaceFacts;
import org.jopil.api.source.InterfaceStatus;
import org.jopil.api.source.Interfaces;
import org.jopil.api.source.Privacy;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.BpfLoader;
import org.jopil.bpf.XdpHolder;
import org.jopil.bpf.net.Link;
import org.jopil.bpf.net.LinkFacts;
import org.jopil.bpf.net.Links;
import org.jopil.bpf.net.NetException;
import org.jopil.bpf.net.NetworkNamespace;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Attaches to interfaces and follows them: those that go, come back, are renamed, or lose a hook behind our back. */
final class Watcher implements Interfaces {
    private static final Logger LOG = LoggerFactory.getLogger(Watcher.class);
    private static final String ANY = "any";
    /** Ids travel in 16 bits of a flow key. */
    private static final int LARGEST_ID = 0xFFFF;
    /** A page that asks every second does not hold up the kernel's rtnl lock each time. */
    private static final long FACTS_AGE_NS = 5_000_000_000L;

    private static final HexFormat MAC = HexFormat.ofDelimiter(":");
    private static final int MAC_BYTES = 6;

    private final BpfLoader loader;
    private final KernelCounters counters;
    private final NetworkNamespace home;
    private final Privacy privacy;
    private final ReentrantLock lifecycle = new ReentrantLock();
    private final List<Watch> watches = new CopyOnWriteArrayList<>();
    private final Map<Integer, String> names = new ConcurrentHashMap<>();

    /** Guarded by {@link #lifecycle}. */
    private KernelTables tables;

    private volatile JopilException unusable;
    private boolean any;
    private volatile boolean anyIsFull;
    private AttachMode anyMode = AttachMode.AUTO;
    private Pattern excluded = Pattern.compile("");
    private int mostInterfaces;
    private volatile Facts facts = new Facts(Map.of(), System.nanoTime() - FACTS_AGE_NS);

    private record Facts(Map<String, InterfaceFacts> byName, long readNs) {}

    /** @param home the namespace whose interfaces need no prefix */
    Watcher(BpfLoader loader, KernelCounters counters, NetworkNamespace home, Privacy privacy) {
        this.loader = loader;
        this.counters = counters;
        this.home = home;
        this.privacy = privacy;
    }

    /** From now on interfaces can be attached. */
    void open(KernelTables now) {
        lifecycle.lock();
        try {
            tables = now;
            unusable = null;
        } finally {
            lifecycle.unlock();
        }
    }

    /** Nothing can be attached, and why. */
    void unusable(JopilException why) {
        lifecycle.lock();
        try {
            unusable = why;
        } finally {
            lifecycle.unlock();
        }
    }

    /**
     * Sets what is wanted; the next {@link #follow} does it.
     *
     * @param wanted names, {@code NS/IF}, or {@code any}; empty = the default route's interface, else lo
     */
    void want(List<String> wanted, AttachMode mode, String exclude, int most) {
        lifecycle.lock();
        try {
            any = wanted.contains(ANY);
            anyMode = mode;
            excluded = pattern(exclude);
            mostInterfaces = most;
            Set<String> asked = new LinkedHashSet<>(wanted);
            asked.remove(ANY);
            if (wanted.isEmpty()) {
                asked.add(defaultInterface());
            }
            for (Watch watch : watches) {
                boolean stays =
                        switch (watch.origin) {
                            case CONFIGURATION -> asked.contains(watch.name());
                            case ANY -> any
                                    && watch.mode == mode
                                    && !excluded.matcher(watch.device).matches();
                            case USER -> true;
                        };
                if (!stays && watch.wanted || watch.origin == Watch.Origin.CONFIGURATION && watch.mode != mode) {
                    release(watch, "not wanted any more");
                }
            }
            for (String name : asked) {
                Watch watch = watchOf(name, mode, Watch.Origin.CONFIGURATION);
                if (!watch.isAttached()) {
                    watch.wanted = true;
                    watch.mode = mode;
                    watch.forgiven();
                }
            }
        } finally {
            lifecycle.unlock();
        }
    }

    private static Pattern pattern(String exclude) {
        StringBuilder pattern = new StringBuilder();
        for (String part : exclude.split(",", -1)) {
            if (!part.isBlank()) {
                String quoted = Pattern.quote(part.strip()).replace("*", "\\E.*\\Q");
                pattern.append(pattern.isEmpty() ? "" : "|").append(quoted);
            }
        }
        return Pattern.compile(pattern.toString());
    }

    private NetworkNamespace namespace(String name) {
        return name.isEmpty() ? home : NetworkNamespace.named(name);
    }

    private String defaultInterface() {
        try {
            return Links.defaultRoute(home).map(Link::name).orElse("lo");
        } catch (NetException e) {
            LOG.warn("The default route is not known, watching lo: {}", e.toString());
            return "lo";
        }
    }

    /** The watch of this name, made if there is none. */
    private Watch watchOf(String name, AttachMode mode, Watch.Origin origin) {
        Optional<Watch> known = find(name);
        if (known.isPresent()) {
            return known.get();
        }
        int id = watches.size() + 1;
        if (id > LARGEST_ID) {
            throw new JopilException(
                    "JOPIL-128",
                    507,
                    "Too many interfaces since the start",
                    LARGEST_ID + " different interfaces were watched; start JOPIL anew to watch " + name);
        }
        int slash = name.indexOf('/');
        String namespace = slash < 0 ? "" : name.substring(0, slash);
        Watch watch = new Watch(id, namespace(namespace), namespace, name.substring(slash + 1), mode, origin);
        names.put(id, name);
        watches.add(watch);
        return watch;
    }

    private Optional<Watch> find(String name) {
        return watches.stream().filter(watch -> watch.name().equals(name)).findFirst();
    }

    @Override
    public String name(int id) {
        return names.getOrDefault(id, "if-" + id);
    }

    /** Watches that are wanted. */
    List<Watch> wanted() {
        return watches.stream().filter(watch -> watch.wanted).toList();
    }

    @Override
    public List<InterfaceStatus> list() {
        Map<String, List<Link>> links = new HashMap<>();
        links.put("", linksOf(home));
        List<InterfaceStatus> list = new ArrayList<>();
        Set<String> listed = new LinkedHashSet<>();
        for (Watch watch : watches) {
            List<Link> there = links.computeIfAbsent(watch.namespaceName, n -> linksOf(watch.namespace));
            Optional<Link> link = linkOf(watch, there);
            if (watch.wanted || link.isPresent()) {
                list.add(watch.status(link));
                listed.add(watch.name());
            }
        }
        for (Link link : links.get("")) {
            if (!listed.contains(link.name())) {
                list.add(notWatched(link));
            }
        }
        list.sort(Comparator.comparing(InterfaceStatus::name));
        return list;
    }

    /** Hidden when they are asked for, not when they are read: the level may be another one by then. */
    @Override
    public Map<String, InterfaceFacts> facts() {
        Map<String, InterfaceFacts> known = knownFacts();
        if (privacy.addresses()) {
            return known;
        }
        Map<String, InterfaceFacts> hidden = new HashMap<>();
        known.forEach((name, of) -> hidden.put(name, of.withMac(of.mac().flatMap(this::hidden))));
        return hidden;
    }

    /** Empty for what is no MAC address: a tunnel has an IP address in its place. */
    private Optional<String> hidden(String mac) {
        try {
            byte[] bytes = MAC.parseHex(mac);
            if (bytes.length != MAC_BYTES) {
                return Optional.empty();
            }
            long number = 0;
            for (byte b : bytes) {
                number = number << 8 | b & 0xFF;
            }
            byte[] pseudonym = ByteBuffer.allocate(Long.BYTES)
                    .putLong(privacy.hideMac(number))
                    .array();
            return Optional.of(MAC.formatHex(pseudonym, Long.BYTES - MAC_BYTES, Long.BYTES));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private Map<String, InterfaceFacts> knownFacts() {
        Facts known = facts;
        if (System.nanoTime() - known.readNs() < FACTS_AGE_NS) {
            return known.byName();
        }
        Map<String, Map<Integer, InterfaceFacts>> read = new HashMap<>();
        Map<String, InterfaceFacts> byName = new HashMap<>();
        for (InterfaceStatus status : list()) {
            InterfaceFacts found =
                    read.computeIfAbsent(status.namespace(), this::factsOf).get(status.index());
            if (found != null) {
                byName.put(status.name(), found);
            }
        }
        facts = new Facts(Map.copyOf(byName), System.nanoTime());
        return facts.byName();
    }

    private Map<Integer, InterfaceFacts> factsOf(String namespaceName) {
        NetworkNamespace namespace = namespaceName.isEmpty() ? home : NetworkNamespace.named(namespaceName);
        try {
            return LinkFacts.read(namespace);
        } catch (NetworkNamespace.NoSuchNamespaceException e) {
            return Map.of();
        } catch (NetException e) {
            LOG.warn("The drivers in the {} cannot be asked: {}", namespace, e.toString());
            return Map.of();
        }
    }

    @Override
    public Map<String, Long> driverDrops(String name) {
        Optional<Watch> watch =
                wanted().stream().filter(w -> w.name().equals(name)).findFirst();
        if (watch.isEmpty()) {
            return Map.of();
        }
        try {
            return LinkFacts.driverDrops(watch.get().namespace, watch.get().device);
        } catch (NetworkNamespace.NoSuchNamespaceException e) {
            return Map.of();
        } catch (NetException e) {
            LOG.warn("The driver of {} cannot be asked: {}", name, e.toString());
            return Map.of();
        }
    }

    private InterfaceStatus notWatched(Link link) {
        String why = link.loopback() && any
                ? "any leaves the loopback interface out"
                : any && excluded.matcher(link.name()).matches()
                        ? "excluded by configuration"
                        : any && !link.up()
                                ? "down"
                                : any && anyIsFull ? "there are more than max_interfaces" : "not asked for";
        return new InterfaceStatus(
                0,
                link.name(),
                "",
                link.index(),
                link.kind(),
                link.driver(),
                link.mtu(),
                link.up() && link.running(),
                InterfaceStatus.State.DETACHED,
                AttachMode.AUTO,
                "",
                "",
                why,
                List.of(),
                new InterfaceStatus.DevicePackets(link.rxPackets(), link.txPackets(), link.drops()));
    }

    private static List<Link> linksOf(NetworkNamespace namespace) {
        return tryLinksOf(namespace).orElse(List.of());
    }

    /** Empty if they cannot be asked for now, which says nothing about them. */
    private static Optional<List<Link>> tryLinksOf(NetworkNamespace namespace) {
        try {
            return Optional.of(Links.list(namespace));
        } catch (NetworkNamespace.NoSuchNamespaceException e) {
            return Optional.of(List.of());
        } catch (NetException e) {
            LOG.warn("The interfaces of the {} cannot be listed: {}", namespace, e.toString());
            return Optional.empty();
        }
    }

    /** The attached one by its index, else by name. */
    private static Optional<Link> linkOf(Watch watch, List<Link> links) {
        Attachment attachment = watch.attachment;
        return links.stream()
                .filter(link -> attachment != null
                        ? link.index() == attachment.ifindex()
                        : link.name().equals(watch.device))
                .findFirst();
    }

    @Override
    public InterfaceStatus attach(String name, AttachMode mode) {
        lifecycle.lock();
        try {
            requireUsable();
            Link link = require(name);
            boolean wasWanted = find(name).map(known -> known.wanted).orElse(false);
            Watch watch = watchOf(name, mode, Watch.Origin.USER);
            AttachMode before = watch.mode;
            if (watch.isAttached() && before == mode) {
                return watch.status(Optional.of(link));
            }
            release(watch, "changing the mode");
            watch.mode = mode;
            try {
                attachNow(watch, link);
            } catch (JopilException e) {
                watch.become(InterfaceStatus.State.DETACHED, text(e));
                if (wasWanted) {
                    watch.mode = before;
                    watch.wanted = true;
                    watch.forgiven();
                    follow();
                }
                throw e;
            }
            watch.wanted = true;
            watch.origin = Watch.Origin.USER;
            return watch.status(Optional.of(link));
        } finally {
            lifecycle.unlock();
        }
    }

    private void requireUsable() {
        if (unusable != null) {
            throw unusable;
        }
        if (tables == null) {
            throw new JopilException("JOPIL-190", 503, "JOPIL is stopping", "Nothing is attached any more");
        }
    }

    private Link require(String name) {
        int slash = name.indexOf('/');
        String namespace = slash < 0 ? "" : name.substring(0, slash);
        List<Link> links;
        try {
            links = Links.list(namespace(namespace));
        } catch (NetworkNamespace.NoSuchNamespaceException e) {
            throw Problems.unknownNamespace(name, namespace);
        } catch (NetException e) {
            throw Problems.namespace(name, e);
        }
        String device = name.substring(slash + 1);
        return links.stream()
                .filter(link -> link.name().equals(device))
                .findFirst()
                .orElseThrow(() -> Problems.unknown(
                        name,
                        links.stream()
                                .map(link -> Watch.name(namespace, link.name()))
                                .toList()));
    }

    @Override
    public InterfaceStatus detach(String name) {
        lifecycle.lock();
        try {
            Optional<Watch> watch = find(name);
            if (watch.isEmpty()) {
                return notWatched(require(name));
            }
            release(watch.get(), "detached by hand");
            watch.get().origin = Watch.Origin.USER;
            return watch.get().status(linkOf(watch.get(), linksOf(watch.get().namespace)));
        } finally {
            lifecycle.unlock();
        }
    }

    /** Stops wanting it. */
    private void release(Watch watch, String why) {
        watch.wanted = false;
        end(List.of(watch), why);
        watch.become(InterfaceStatus.State.DETACHED, why);
    }

    private void attachNow(Watch watch, Link link) {
        Attachment attachment = attachWith(watch, link, Plan.of(watch.mode, link));
        counters.start(
                watch.id, tables.cpus, attachment.counters(), attachment.counterStride(), attachment.etherTypes());
        watch.attached(attachment, System.nanoTime());
        sayWhetherUp(watch, link);
        LOG.info(
                "attached to {}: ingress {}, egress {} ({})",
                watch.name(),
                attachment.ingressHook(),
                attachment.egressHook().isEmpty() ? "none" : attachment.egressHook(),
                watch.planWhy);
    }

    private static void sayWhetherUp(Watch watch, Link link) {
        String why = link.up()
                ? watch.planWhy
                : "JOPIL-125 " + link.name() + " is down: packets will appear when the link comes up (ip link set "
                        + link.name() + " up); " + watch.planWhy;
        watch.become(InterfaceStatus.State.ATTACHED, why);
    }

    private Attachment attachWith(Watch watch, Link link, Plan plan) {
        try {
            return attempt(watch, link, plan);
        } catch (Attachment.XdpRefusedException e) {
            return attachInstead(watch, link, plan, e.reason());
        } catch (NetworkNamespace.NoSuchNamespaceException e) {
            throw Problems.unknownNamespace(watch.name(), watch.namespaceName);
        }
    }

    private Attachment attempt(Watch watch, Link link, Plan plan) {
        Attachment attachment;
        try {
            attachment = new Attachment(loader, tables, watch.id, link, plan);
        } catch (BpfException e) {
            throw Problems.load(e);
        }
        try {
            return watch.namespace.call(() -> {
                attachment.attach();
                return attachment;
            });
        } catch (BpfException e) {
            attachment.close();
            throw refused(watch, e);
        } catch (NetException e) {
            attachment.close();
            throw Problems.namespace(watch.name(), e);
        } catch (RuntimeException e) {
            attachment.close();
            throw e;
        }
    }

    private static JopilException refused(Watch watch, BpfException e) {
        return switch (e.errnoNumber()) {
            case Problems.EPERM, Problems.EACCES -> Problems.mayNotAttach(watch.name(), e);
            case Problems.ENODEV -> Problems.unknown(watch.name(), List.of());
            default -> Problems.other(watch.name(), e);
        };
    }

    /** XDP is not to be had: says so, or does what comes nearest, and says that. Nothing of others is displaced. */
    private Attachment attachInstead(Watch watch, Link link, Plan plan, BpfException e) {
        boolean auto = watch.mode == AttachMode.AUTO;
        switch (e.errnoNumber()) {
            case Problems.EBUSY, Problems.EEXIST -> {
                Optional<XdpHolder> holder = watch.namespace.call(() -> loader.xdpHolder(link.index()));
                if (!auto) {
                    throw Problems.taken(watch.name(), watch.mode, holder, e);
                }
                String who = holder.map(Problems::describe).orElse("Another program");
                return attachWith(
                        watch,
                        link,
                        plan.instead(
                                AttachMode.TCX,
                                who + " holds the XDP hook, JOPIL did not touch it; tc works beside it"));
            }
            case Problems.EOPNOTSUPP -> {
                AttachMode other = auto || plan.hook() == AttachMode.GENERIC ? AttachMode.TCX : AttachMode.GENERIC;
                return attachWith(watch, link, plan.instead(other, Problems.noNativeXdp(watch.name(), driverOf(link))));
            }
            case Problems.ERANGE -> {
                if (!auto) {
                    throw Problems.mtuTooLarge(watch.name(), link.mtu(), e);
                }
                return attachWith(
                        watch,
                        link,
                        plan.instead(AttachMode.TCX, "MTU " + link.mtu() + " is too large for native XDP here"));
            }
            default -> throw refused(watch, e);
        }
    }

    private static String driverOf(Link link) {
        return link.loopback() ? "lo" : link.driver();
    }

    /** Detaches, waits until no program runs any more, and keeps what was counted. */
    private void end(List<Watch> ending, String reason) {
        List<Watch> attached = ending.stream().filter(Watch::isAttached).toList();
        if (attached.isEmpty()) {
            return;
        }
        for (Watch watch : attached) {
            detachLinks(watch);
        }
        tables.awaitGracePeriod();
        for (Watch watch : attached) {
            counters.end(watch.id);
            Attachment attachment = watch.attachment;
            watch.attachment = null;
            attachment.close();
            long[] in = counters.totals(watch.id, Direction.INGRESS);
            long[] out = counters.totals(watch.id, Direction.EGRESS);
            LOG.info(
                    "detached from {} ({}): {} packets, {} bytes received; {} packets, {} bytes sent",
                    watch.name(),
                    reason,
                    in[0],
                    in[1],
                    out[0],
                    out[1]);
        }
    }

    private static void detachLinks(Watch watch) {
        try {
            watch.namespace.call(() -> {
                watch.attachment.detach();
                return null;
            });
        } catch (NetworkNamespace.NoSuchNamespaceException | NetException e) {
            watch.attachment.detach(); // what was attached there went with it
        }
    }

    /**
     * Looks at every watched interface and does what is due. Called once a second.
     */
    void follow() {
        lifecycle.lock();
        try {
            if (tables == null) {
                sayUnusable();
                return;
            }
            Map<String, Optional<List<Link>>> links = new HashMap<>();
            links.put("", tryLinksOf(home));
            if (any) {
                adopt(links.get("").orElse(List.of()));
            }
            for (Watch watch : watches) {
                if (watch.wanted) {
                    links.computeIfAbsent(watch.namespaceName, n -> tryLinksOf(watch.namespace))
                            .ifPresent(there -> follow(watch, there));
                }
            }
        } finally {
            lifecycle.unlock();
        }
    }

    private void sayUnusable() {
        if (unusable != null) {
            watches.forEach(watch -> watch.become(InterfaceStatus.State.DETACHED, text(unusable)));
        }
    }

    private void adopt(List<Link> links) {
        long watched = watches.stream()
                .filter(watch -> watch.wanted && watch.origin == Watch.Origin.ANY)
                .count();
        for (Link link : links) {
            if (!link.up() || link.loopback() || excluded.matcher(link.name()).matches() || isKnown(link)) {
                continue;
            }
            if (watched >= mostInterfaces || watches.size() >= LARGEST_ID) {
                anyIsFull = true;
                return;
            }
            Watch watch = watchOf(link.name(), anyMode, Watch.Origin.ANY);
            watch.wanted = true;
            watch.mode = anyMode;
            watch.forgiven();
            watched++;
        }
        anyIsFull = false;
    }

    /** Watched under this or its last name, or let go by hand. */
    private boolean isKnown(Link link) {
        for (Watch watch : watches) {
            if (!watch.namespaceName.isEmpty()) {
                continue;
            }
            boolean attachedHere = watch.attachment != null && watch.attachment.ifindex() == link.index();
            boolean sameName = watch.device.equals(link.name());
            if (attachedHere || sameName && (watch.wanted || watch.origin == Watch.Origin.USER)) {
                return true;
            }
        }
        return false;
    }

    private void follow(Watch watch, List<Link> links) {
        try {
            List<Link> there = watch.isAttached() ? followAttached(watch, links) : links;
            if (watch.wanted && !watch.isAttached()) {
                attachIfPossible(watch, there);
            }
        } catch (JopilException e) {
            watch.failed(System.nanoTime());
            boolean gone = e.code().equals("JOPIL-124");
            trouble(watch, gone ? InterfaceStatus.State.GONE : InterfaceStatus.State.DETACHED, text(e));
        } catch (BpfException | NetException | NetworkNamespace.NoSuchNamespaceException e) {
            watch.failed(System.nanoTime());
            trouble(watch, watch.condition().state(), e.getMessage());
        }
    }

    private static String text(JopilException e) {
        return e.code() + " " + e.title() + ". " + e.detail();
    }

    /** Says so; logs what was not said before. What is attached is degraded at worst. */
    private static void trouble(Watch watch, InterfaceStatus.State state, String why) {
        if (!watch.condition().why().equals(why)) {
            LOG.warn("{}: {}", watch.name(), why);
        }
        watch.become(watch.isAttached() ? InterfaceStatus.State.DEGRADED : state, why);
    }

    /** The links as they were looked at last. */
    private List<Link> followAttached(Watch watch, List<Link> links) {
        String severed = severed(watch);
        // a device leaves the list before the kernel takes its hooks off: is it the device that went?
        List<Link> there =
                severed.isEmpty() ? links : tryLinksOf(watch.namespace).orElse(links);
        Optional<Link> link = linkOf(watch, there);
        if (link.isEmpty()) {
            gone(watch);
            return there;
        }
        if (!link.get().name().equals(watch.device)) {
            rename(watch, link.get().name());
        }
        if (severed.isEmpty()) {
            if (watch.condition().state() == InterfaceStatus.State.ATTACHED) {
                sayWhetherUp(watch, link.get());
            }
            return there;
        }
        if (watch.condition().state() != InterfaceStatus.State.DEGRADED) {
            watch.failed(System.nanoTime());
            trouble(
                    watch,
                    InterfaceStatus.State.DEGRADED,
                    severed + " was detached from outside at " + time() + " (bpftool link detach?); trying again");
        } else if (watch.mayTry(System.nanoTime())) {
            mend(watch, severed);
        }
        return there;
    }

    /** A clsact filter can be looked at in its namespace only; a bpf_link from anywhere. */
    private static String severed(Watch watch) {
        Attachment attachment = watch.attachment;
        if (!attachment.hasFilters()) {
            return attachment.severed();
        }
        try {
            return watch.namespace.call(attachment::severed);
        } catch (NetworkNamespace.NoSuchNamespaceException e) {
            return "clsact";
        }
    }

    private void mend(Watch watch, String severed) {
        if (watch.attachment.isAllSevered()) {
            end(List.of(watch), "every hook was detached from outside");
            return;
        }
        try {
            watch.namespace.call(() -> {
                watch.attachment.mend();
                return null;
            });
        } catch (BpfException e) {
            throw refused(watch, e);
        } catch (Attachment.XdpRefusedException e) {
            throw Problems.other(watch.name(), e.reason());
        }
        watch.attached(watch.attachment, System.nanoTime());
        LOG.info("attached to {} again: {}", watch.name(), severed);
    }

    private void gone(Watch watch) {
        end(List.of(watch), "the interface is gone");
        watch.forgiven();
        if (watch.origin == Watch.Origin.ANY) {
            watch.wanted = false;
        }
        watch.become(
                watch.wanted ? InterfaceStatus.State.GONE : InterfaceStatus.State.DETACHED,
                "JOPIL-124 " + watch.device + " disappeared at " + time() + "; JOPIL attaches again when it returns");
    }

    private static LocalTime time() {
        return LocalTime.now(java.time.ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS);
    }

    private void rename(Watch watch, String device) {
        String before = watch.name();
        watch.device = device;
        names.put(watch.id, watch.name());
        LOG.info("{} is called {} now", before, watch.name());
    }

    private void attachIfPossible(Watch watch, List<Link> links) {
        Optional<Link> link = linkOf(watch, links);
        if (link.isEmpty()) {
            if (!watch.condition().why().startsWith("JOPIL-124")) {
                List<String> others = links.stream()
                        .map(l -> Watch.name(watch.namespaceName, l.name()))
                        .toList();
                JopilException missing = Problems.unknown(watch.name(), others);
                trouble(watch, InterfaceStatus.State.GONE, text(missing));
            }
            return;
        }
        if (watch.mayTry(System.nanoTime())) {
            attachNow(watch, link.get());
        }
    }

    /** Detaches everything, with one grace period for all; what was wanted stays wanted. */
    void detachAll(String reason) {
        lifecycle.lock();
        try {
            end(watches, reason);
            for (Watch watch : watches) {
                if (watch.wanted) {
                    watch.become(InterfaceStatus.State.DETACHED, reason);
                }
            }
            tables = null;
        } finally {
            lifecycle.unlock();
        }
    }

    /** As {@link #detachAll}, unless somebody else attaches or detaches for longer than this. */
    boolean detachAll(String reason, long timeoutMs) {
        try {
            if (!lifecycle.tryLock(timeoutMs, TimeUnit.MILLISECONDS)) {
                return false;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        try {
            detachAll(reason);
            return true;
        } finally {
            lifecycle.unlock();
        }
    }

    /** Kernel memory of the attachments' own maps, bytes. */
    long mapBytes() {
        long sum = 0;
        for (Watch watch : watches) {
            Attachment attachment = watch.attachment;
            sum += attachment == null ? 0 : attachment.memoryBytes();
        }
        return sum;
    }

    /** Every attached program with runs, run time and packets so far; empty if somebody attaches for longer than this. */
    Optional<List<Cost.Program>> runTimes(long timeoutMs) {
        try {
            if (!lifecycle.tryLock(timeoutMs, TimeUnit.MILLISECONDS)) {
                return Optional.empty();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
        try {
            List<Cost.Program> programs = new ArrayList<>();
            for (Watch watch : watches) {
                if (watch.isAttached()) {
                    programs.addAll(watch.attachment.runTimes(
                            watch.name(), direction -> counters.totals(watch.id, direction)[0]));
                }
            }
            return Optional.of(programs);
        } finally {
            lifecycle.unlock();
        }
    }

    Optional<JopilException> unusable() {
        return Optional.ofNullable(unusable);
    }
}
