// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.io.IOException;
import java.util.List;
import org.jopil.web.Exchange;
import org.jopil.web.Route;
import org.jopil.web.Shape;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.Version;

/** Which JOPIL on what. */
final class VersionResource {
    List<Route> routes() {
        return List.of(Route.get("/api/version", "Version of JOPIL, of Java and of the kernel")
                .answers(Shape.object(
                        "name",
                        Shape.text(),
                        "version",
                        Shape.text(),
                        "build",
                        Shape.nullable(Shape.text()),
                        "java",
                        Shape.text(),
                        "kernel",
                        Shape.text()))
                .to(VersionResource::version));
    }

    private static void version(Exchange exchange) throws IOException {
        exchange.parameters().allow(List.of());
        exchange.send(Shape.ordered(
                "name",
                "JOPIL",
                "version",
                text(),
                "build",
                System.getProperty("jopil.build"),
                "java",
                System.getProperty("java.vm.name") + " " + System.getProperty("java.version"),
                "kernel",
                System.getProperty("os.name") + " " + System.getProperty("os.version")));
    }

    /** As Maven writes it. */
    static String text() {
        Bundle bundle = FrameworkUtil.getBundle(VersionResource.class);
        Version version = bundle == null ? Version.emptyVersion : bundle.getVersion();
        String qualifier = version.getQualifier().isEmpty() ? "" : "-" + version.getQualifier();
        return version.getMajor() + "." + version.getMinor() + "." + version.getMicro() + qualifier;
    }
}
