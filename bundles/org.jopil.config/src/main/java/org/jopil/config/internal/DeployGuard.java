// SPDX-License-Identifier: Apache-2.0
package org.jopil.config.internal;

import java.io.File;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.apache.felix.fileinstall.ArtifactInstaller;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands before the bundle installer of DATA/deploy and takes what must not reach it: a jar that calls itself like a
 * bundle of the distribution would be installed over it, and detach every interface; one that is not whole would be
 * passed over without a word; one that nobody signed who is trusted would run with our rights. That only the owner of DATA
 * reaches the folder is the launcher's to see to. Called on the installer's thread.
 */
@Component(
        service = ArtifactInstaller.class,
        configurationPid = "org.jopil.config",
        property = "service.ranking:Integer=1000")
@Designate(ocd = DeployConfig.class)
public final class DeployGuard implements ArtifactInstaller {
    private static final Logger LOG = LoggerFactory.getLogger(DeployGuard.class);
    private static final String OURS = "org.jopil.";
    /** Locations of bundles that came by DATA/deploy; those of the distribution begin with mvn:. */
    private static final String DROPPED_IN = "file:";

    private final BundleContext context;
    private volatile Signers signers;

    @Activate
    public DeployGuard(BundleContext context, DeployConfig config) {
        this.context = context;
        modified(config);
    }

    @Modified
    void modified(DeployConfig config) {
        signers = new Signers(String.join(",", config.trusted__signers()).split(","));
    }

    @Override
    public boolean canHandle(File file) {
        return file.isFile() && file.getName().endsWith(".jar") && fault(file).isPresent();
    }

    /** Why it must not be installed. */
    private Optional<String> fault(File file) {
        try (JarFile jar = new JarFile(file)) {
            Manifest manifest = jar.getManifest();
            String name = manifest == null ? null : symbolicName(manifest.getMainAttributes());
            if (name == null) {
                return Optional.of("it is not an OSGi bundle, its manifest has no " + Constants.BUNDLE_SYMBOLICNAME);
            }
            if (isTaken(name)) {
                return Optional.of("it calls itself " + name + ", like a bundle of the distribution; give it a "
                        + Constants.BUNDLE_SYMBOLICNAME + " of its own");
            }
            return signers.fault(jar);
        } catch (IOException e) {
            return Optional.of(
                    "it is not a whole jar (" + e.getMessage() + "); copy it under another name, then" + " rename it");
        }
    }

    private static String symbolicName(Attributes attributes) {
        String header = attributes.getValue(Constants.BUNDLE_SYMBOLICNAME);
        return header == null ? null : header.split(";", 2)[0].strip();
    }

    private boolean isTaken(String name) {
        return name.startsWith(OURS)
                || Arrays.stream(context.getBundles())
                        .anyMatch(bundle -> name.equals(bundle.getSymbolicName())
                                && !bundle.getLocation().startsWith(DROPPED_IN));
    }

    @Override
    public void install(File file) {
        fault(file)
                .ifPresent(fault ->
                        LOG.error("deploy/{} is refused: {}. Nothing was installed or changed", file.getName(), fault));
    }

    @Override
    public void update(File file) {
        install(file);
    }

    @Override
    public void uninstall(File file) {
        LOG.info("deploy/{}, which was refused, is gone", file.getName());
    }
}
