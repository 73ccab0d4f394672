// SPDX-License-Identifier: Apache-2.0
package org.jopil.dashboard.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** What the build has put into the bundle. */
class BuiltPageTest {
    private static final int MAX_SCRIPT_BYTES = 120 * 1024;
    private static final int MAX_STYLE_BYTES = 15 * 1024;
    private static final Pattern REFERENCE = Pattern.compile("(?:src|href)=\"([^\"]*)\"");

    @Test
    void shouldReferOnlyToItsOwnFiles() throws IOException {
        List<String> references = references();

        assertTrue(references.size() >= 3, references.toString());
        for (String reference : references) {
            byte[] plain = read(PageFile.at(reference).orElseThrow().resource());
            byte[] compressed = read(PageFile.at(reference).orElseThrow().compressedResource());
            assertTrue(plain.length > 0);
            try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
                assertEquals(plain.length, in.readAllBytes().length, reference);
            }
        }
    }

    @Test
    void shouldNotNeedAnExceptionFromTheContentSecurityPolicy() throws IOException {
        String index = index();

        assertFalse(Pattern.compile("<script(?![^>]*\\ssrc=)").matcher(index).find(), index);
        assertFalse(index.contains("<style"), index);
        assertFalse(Pattern.compile("\\s(?:style|on\\w+)=").matcher(index).find(), index);
    }

    @Test
    void shouldStayWithinItsBudget() throws IOException {
        int script = 0;
        int style = 0;
        for (String reference : references()) {
            int size = read(PageFile.at(reference).orElseThrow().compressedResource()).length;
            if (reference.endsWith(".js")) {
                script += size;
            } else if (reference.endsWith(".css")) {
                style += size;
            }
        }

        assertTrue(script > 0 && script <= MAX_SCRIPT_BYTES, "JavaScript, gz: " + script);
        assertTrue(style > 0 && style <= MAX_STYLE_BYTES, "CSS, gz: " + style);
    }

    private static List<String> references() throws IOException {
        return REFERENCE
                .matcher(index())
                .results()
                .map((MatchResult r) -> r.group(1))
                .toList();
    }

    private static String index() throws IOException {
        return new String(read(PageFile.at("/").orElseThrow().resource()), StandardCharsets.UTF_8);
    }

    private static byte[] read(String resource) throws IOException {
        try (InputStream in = BuiltPageTest.class.getResourceAsStream(resource)) {
            assertTrue(in != null, resource);
            return in.readAllBytes();
        }
    }
}
