// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.karaf.shell.api.action.Option;
import org.jopil.api.JopilException;
import org.jopil.api.NearNames;
import org.jopil.web.render.Units;

/** Karaf reads options only before the first argument; people write them behind the filter, too. */
final class TrailingOptions {
    private TrailingOptions() {}

    /** Sets the option fields of {@code command} from words that begin with a minus, and returns the other words. */
    static List<String> apply(Object command, List<String> words) throws IllegalAccessException {
        Map<String, Field> options = options(command.getClass());
        List<String> rest = new ArrayList<>();
        for (Iterator<String> it = words.iterator(); it.hasNext(); ) {
            String word = it.next();
            if (!word.startsWith("-") || word.length() == 1) {
                rest.add(word);
                continue;
            }
            int equals = word.indexOf('=');
            String name = equals < 0 ? word : word.substring(0, equals);
            Field field = options.get(name);
            if (field == null) {
                throw new JopilException(
                        "JOPIL-400",
                        400,
                        "Unknown option '" + Units.safe(name) + "'",
                        NearNames.hint(name, options.keySet()) + "--help lists the options.");
            }
            field.setAccessible(true);
            if (field.getType() == boolean.class) {
                field.setBoolean(command, true);
            } else if (equals >= 0) {
                field.set(command, word.substring(equals + 1));
            } else if (it.hasNext()) {
                field.set(command, it.next());
            } else {
                throw new JopilException(
                        "JOPIL-400", 400, "Option " + name + " has no value", "Say " + name + " VALUE.");
            }
        }
        return rest;
    }

    private static Map<String, Field> options(Class<?> command) {
        Map<String, Field> options = new LinkedHashMap<>();
        for (Class<?> type = command; type != null; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                Option option = field.getAnnotation(Option.class);
                if (option != null) {
                    options.put(option.name(), field);
                    Arrays.stream(option.aliases()).forEach(alias -> options.put(alias, field));
                }
            }
        }
        return options;
    }
}
