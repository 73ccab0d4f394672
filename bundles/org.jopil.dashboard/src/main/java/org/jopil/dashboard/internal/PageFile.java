// SPDX-License-Identifier: Apache-2.0
package org.jopil.dashboard.internal;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file of the built page.
 *
 * @param resource its name in this bundle; the same with {@code .gz} is its compressed form
 * @param contentType its media type
 * @param immutable whether its name changes with its content, so that a browser need never ask again
 */
record PageFile(String resource, String contentType, boolean immutable) {
    private static final String ROOT = "/static";
    private static final PageFile INDEX = new PageFile(ROOT + "/index.html", "text/html;charset=utf-8", false);

    /** Addresses that the page itself tells apart. */
    private static final Set<String> PAGES =
            Set.of("/", "/flows", "/drops", "/journey", "/latency", "/tcp", "/packets", "/system");

    /** No slash and no leading dot: a name never leads out of the folder. */
    private static final Pattern ASSET = Pattern.compile("/assets/[\\w-][\\w.-]*\\.(\\w+)");

    private static final Map<String, String> CONTENT_TYPES = Map.of(
            "js", "text/javascript;charset=utf-8",
            "css", "text/css;charset=utf-8",
            "svg", "image/svg+xml");

    /** Empty for an address that is none of the page's. */
    static Optional<PageFile> at(String path) {
        if (PAGES.contains(path)) {
            return Optional.of(INDEX);
        }
        Matcher asset = ASSET.matcher(path);
        if (!asset.matches()) {
            return Optional.empty();
        }
        return Optional.ofNullable(CONTENT_TYPES.get(asset.group(1)))
                .map(type -> new PageFile(ROOT + path, type, true));
    }

    String compressedResource() {
        return resource + ".gz";
    }

    /** The value of {@code Cache-Control}. */
    String cacheControl() {
        return immutable ? "public, max-age=31536000, immutable" : "no-cache";
    }
}
