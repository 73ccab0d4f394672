// SPDX-License-Identifier: Apache-2.0
package org.jopil.config.internal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetatypeTest {
    private static final String XML =
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <metatype:MetaData xmlns:metatype="http://www.osgi.org/xmlns/metatype/v1.2.0">
              <OCD id="x" name="Sensor" description="What is watched">
                <AD id="ring_kib" type="Integer" name="Ring" description="KiB" min="64" max="262144" default="1024"/>
                <AD id="mode" type="String" name="Mode" default="auto">
                  <Option label="a" value="auto"/>
                  <Option label="t" value="tcx"/>
                </AD>
                <AD id="share" type="Double" name="Share" min="0" default="0.5"/>
                <AD id="on" type="Boolean" name="On" default="true"/>
                <AD id="name" type="String" name="Name" default=""/>
              </OCD>
              <Designate pid="org.jopil.sensor"><Object ocdref="x"/></Designate>
            </metatype:MetaData>
            """;

    private Metatype metatype;

    @BeforeEach
    void read() throws IOException {
        metatype = Metatype.read(new ByteArrayInputStream(XML.getBytes(UTF_8)));
    }

    @Test
    void shouldReadEveryAttribute() {
        assertEquals("org.jopil.sensor", metatype.pid());
        assertEquals(
                List.of("ring_kib", "mode", "share", "on", "name"),
                List.copyOf(metatype.attributes().keySet()));
        assertEquals("1024", metatype.attributes().get("ring_kib").fallback());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ring_kib | a whole number from 64 to 262144",
                "mode | one of auto, tcx",
                "share | a number, at least 0",
                "on | true or false",
                "name | text"
            })
    void shouldSayTheRange(String key, String range) {
        assertEquals(range, metatype.attributes().get(key).range());
    }

    @ParameterizedTest
    @CsvSource({
        "ring_kib,64",
        "ring_kib,262144",
        "ring_kib,' 100 '",
        "mode,tcx",
        "share,0",
        "share,1e3",
        "on,true",
        "on,FALSE",
        "name,anything"
    })
    void shouldAllow(String key, String value) {
        assertTrue(metatype.attributes().get(key).allows(value));
    }

    @ParameterizedTest
    @CsvSource({
        "ring_kib,63",
        "ring_kib,262145",
        "ring_kib,ten",
        "ring_kib,''",
        "ring_kib,1.5",
        "ring_kib,99999999999",
        "mode,fast",
        "share,-0.1",
        "share,x",
        "on,yes"
    })
    void shouldRefuse(String key, String value) {
        assertFalse(metatype.attributes().get(key).allows(value));
    }

    @Test
    void shouldLookAtEveryValueOfSeveral() {
        assertTrue(metatype.attributes().get("mode").allows(new String[] {"auto", "tcx"}));
        assertFalse(metatype.attributes().get("mode").allows(List.of("auto", "other")));
        assertTrue(metatype.attributes().get("ring_kib").allows(64));
    }
}
