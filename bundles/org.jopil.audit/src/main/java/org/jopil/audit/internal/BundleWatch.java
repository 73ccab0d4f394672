// SPDX-License-Identifier: Apache-2.0
package org.jopil.audit.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.jopil.audit.Actor;
import org.jopil.audit.Audit;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Bundles that people install, change and take away: by the shell, or by DATA/deploy. On the installer's thread. */
@Component(service = {})
public final class BundleWatch implements SynchronousBundleListener {
    /** Locations of bundles that came by DATA/deploy; those of the distribution begin with mvn:. */
    private static final String DROPPED_IN = "file:";

    private final BundleContext context;
    private final Audit audit;

    @Activate
    public BundleWatch(BundleContext context, @Reference Audit audit) {
        this.context = context;
        this.audit = audit;
        context.addBundleListener(this);
    }

    @Deactivate
    void deactivate() {
        context.removeBundleListener(this);
    }

    @Override
    public void bundleChanged(BundleEvent event) {
        String verb =
                switch (event.getType()) {
                    case BundleEvent.INSTALLED -> "installed";
                    case BundleEvent.UPDATED -> "updated";
                    case BundleEvent.UNINSTALLED -> "uninstalled";
                    default -> null;
                };
        Bundle bundle = event.getBundle();
        Optional<String> role = Actor.role();
        String location = bundle.getLocation();
        boolean droppedIn = role.isEmpty() && location.startsWith(DROPPED_IN);
        if (verb == null || role.isEmpty() && !droppedIn) {
            return;
        }
        audit.record(new Audit.Event(
                role.orElse("deploy folder"),
                droppedIn ? owner(location) : "shell",
                "bundle",
                verb + " " + bundle.getSymbolicName() + " " + bundle.getVersion() + " from " + location
                        + digest(location),
                Audit.Event.DONE));
    }

    private static Optional<Path> file(String location) {
        try {
            return Optional.of(Path.of(URI.create(location))).filter(Files::isRegularFile);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Who could have put it there, as far as the file system tells. */
    private static String owner(String location) {
        try {
            Optional<Path> file = file(location);
            return file.isPresent() ? "file of " + Files.getOwner(file.get()).getName() : "";
        } catch (IOException goneMeanwhile) {
            return "";
        }
    }

    private static String digest(String location) {
        Optional<Path> file = location.startsWith(DROPPED_IN) ? file(location) : Optional.empty();
        if (file.isEmpty()) {
            return "";
        }
        try (InputStream in = Files.newInputStream(file.get())) {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            new DigestInputStream(in, sha256).transferTo(OutputStream.nullOutputStream());
            return ", SHA-256 " + HexFormat.of().formatHex(sha256.digest());
        } catch (IOException | NoSuchAlgorithmException goneMeanwhile) {
            return "";
        }
    }
}
