// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.login;

import java.util.Map;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.AppConfigurationEntry.LoginModuleControlFlag;
import javax.security.auth.spi.LoginModule;
import org.apache.karaf.jaas.boot.ProxyLoginModule;
import org.apache.karaf.jaas.config.JaasRealm;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * The JAAS realm {@code jopil}, in which ssh logs people in: a key of {@code etc/keys.properties}, or the token as
 * password. Karaf's own realm knows no ed25519 key and keeps passwords of its own.
 */
@Component(service = JaasRealm.class)
public final class SshRealm implements JaasRealm {
    /** Options of the login modules: where the files are. */
    static final String DATA = "data", ETC = "etc";

    private final AppConfigurationEntry[] entries;

    @Activate
    public SshRealm(BundleContext context) {
        entries = new AppConfigurationEntry[] {
            entry(context, KeyLoginModule.class), entry(context, TokenLoginModule.class)
        };
    }

    private static AppConfigurationEntry entry(BundleContext context, Class<? extends LoginModule> module) {
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
                        context.getProperty("karaf.etc")));
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
