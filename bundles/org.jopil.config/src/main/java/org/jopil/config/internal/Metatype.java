// SPDX-License-Identifier: Apache-2.0
package org.jopil.config.internal;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * The attributes that a bundle's {@code OSGI-INF/metatype/*.xml} declares for its one PID. The Metatype service can
 * check a value, but does not tell the range, which people need in a message.
 */
record Metatype(String pid, String name, String description, Map<String, Attribute> attributes) {

    static Metatype read(InputStream in) throws IOException {
        XMLInputFactory factory = XMLInputFactory.newInstance();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        try {
            return read(factory.createXMLStreamReader(in));
        } catch (XMLStreamException e) {
            throw new IOException(e);
        }
    }

    private static Metatype read(XMLStreamReader xml) throws XMLStreamException {
        String pid = "";
        String name = "";
        String description = "";
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        Map<String, String> current = Map.of();
        List<String> options = new ArrayList<>();
        while (xml.hasNext()) {
            int event = xml.next();
            if (event == XMLStreamConstants.START_ELEMENT) {
                switch (xml.getLocalName()) {
                    case "OCD" -> {
                        name = attributesOf(xml).getOrDefault("name", "");
                        description = attributesOf(xml).getOrDefault("description", "");
                    }
                    case "AD" -> current = attributesOf(xml);
                    case "Option" -> options.add(attributesOf(xml).get("value"));
                    case "Designate" -> pid = attributesOf(xml).getOrDefault("pid", "");
                    default -> {
                        // nothing that we need
                    }
                }
            } else if (event == XMLStreamConstants.END_ELEMENT
                    && xml.getLocalName().equals("AD")) {
                attributes.put(current.get("id"), attribute(current, List.copyOf(options)));
                options.clear();
            }
        }
        return new Metatype(pid, name, description, attributes);
    }

    private static Map<String, String> attributesOf(XMLStreamReader xml) {
        Map<String, String> result = new LinkedHashMap<>();
        for (int i = 0; i < xml.getAttributeCount(); i++) {
            result.put(xml.getAttributeLocalName(i), xml.getAttributeValue(i));
        }
        return result;
    }

    private static Attribute attribute(Map<String, String> xml, List<String> options) {
        return new Attribute(
                xml.get("id"),
                xml.getOrDefault("type", "String"),
                xml.getOrDefault("description", ""),
                Optional.ofNullable(xml.get("min")),
                Optional.ofNullable(xml.get("max")),
                xml.getOrDefault("default", ""),
                options);
    }
}
