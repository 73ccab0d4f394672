// SPDX-License-Identifier: Apache-2.0
package org.jopil.dashboard.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageFileTest {
    @ParameterizedTest
    @ValueSource(strings = {"/", "/flows", "/drops", "/journey", "/latency", "/tcp", "/packets", "/system"})
    void shouldAnswerEveryPageWithTheIndexThatIsNeverKept(String path) {
        PageFile file = PageFile.at(path).orElseThrow();

        assertEquals("/static/index.html", file.resource());
        assertEquals("no-cache", file.cacheControl());
    }

    @Test
    void shouldLetBrowsersKeepWhatIsNamedByItsContent() {
        PageFile file = PageFile.at("/assets/index-Dsfrxt5H.js").orElseThrow();

        assertEquals("/static/assets/index-Dsfrxt5H.js", file.resource());
        assertEquals("text/javascript;charset=utf-8", file.contentType());
        assertTrue(file.cacheControl().contains("immutable"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/nowhere",
                "/flows/",
                "/assets/",
                "/assets/../index.html",
                "/assets/..%2findex.html",
                "/assets/a/b.js",
                "/assets/.hidden.js",
                "/assets/index.js.gz",
                "/static/index.html",
                "/assets/x.class",
                "/assets/x.js\n"
            })
    void shouldKnowNothingElse(String path) {
        assertTrue(PageFile.at(path).isEmpty(), path);
    }

    @Test
    void shouldCompressOnlyForThoseWhoTakeIt() {
        assertTrue(PageServlet.takesGzip("gzip, deflate, br"));
        assertTrue(PageServlet.takesGzip("br;q=1.0, gzip;q=0.8"));
        assertFalse(PageServlet.takesGzip("gzip;q=0, br"));
        assertFalse(PageServlet.takesGzip("identity"));
        assertFalse(PageServlet.takesGzip(null));
    }
}
