// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.login;

import java.util.Map;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.AppConfigurationEntry.LoginModuleControlFlag;
import javax.security.auth.spi.LoginModule;
import org.apache.karaf.jaas.boot.ProxyLoginModule;
import org.apache.karaf.jaas.config.JaasRealm;
import org.jopil.audit.Audit;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The JAAS realm {@code jopil}, in which ssh logs people in: a key of {@code etc/keys.properties}, or the token as
 * password. Karaf's own realm knows no ed25519 key and keeps passwords of its own.
 */
@Component(service = JaasRealm.class)
public final class SshRealm implements JaasRealm {
    /** Options of the login modules: where the files are, and who is told. */
    static final String DATA = "data", ETC = "etc", AUDIT = "audit";

    private final AppConfigurationEntry[] entries;

    @Activate
    public SshRealm(BundleContext context, @Reference Audit audit) {
        entries = new AppConfigurationEntry[] {
            entry(context, audit, KeyLoginModule.class), entry(context, audit, TokenLoginModule.class)
        };
    }

    private static AppConfigurationEntry entry(
            BundleContext context, Audit audit, Class<? extends LoginModule> module) {
        return new AppConfigurationEntry(
                ProxyLoginModule.class.getName(),
                LoginModuleControlFlag.SUFFICIENT,
                Map.of(
                        ProxyLoginModule.PROPERTY_MODULE,
                        module.getName(),
                        ProxyLoginModule.PROPERTY_BUNDLE,
                        Long.toString(context.getBundle().getBundleId()),
                        DATA,
                        context.getProperty("jopil.data"),
                        ETC,
                        context.getProperty("karaf.etc"),
                        AUDIT,
                        audit));
    }

    @Override
    public String getName() {
        return "jopil";
    }

    @Override
    public int getRank() {
        return 0;
    }

    @Override
    public AppConfigurationEntry[] getEntries() {
        return entries.clone();
    }
}
