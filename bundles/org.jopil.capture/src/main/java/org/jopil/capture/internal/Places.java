// SPDX-License-Identifier: Apache-2.0
package org.jopil.capture.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jopil.api.JopilException;
import org.jopil.api.NearNames;
import org.jopil.bpf.net.Link;
import org.jopil.bpf.net.Links;
import org.jopil.bpf.net.NetException;
import org.jopil.bpf.net.NetworkNamespace;

/** Which interfaces are meant. */
final class Places {
    private static final String ANY = "any";
    private static final int MOST = 64;

    private Places() {}

    /**
     * Looks them up.
     *
     * @param names IF or NS/IF, separated by commas, or {@code any}
     * @throws JopilException {@code JOPIL-124} if one does not exist, {@code JOPIL-129} if it cannot be looked for
     */
    static List<Place> of(String names) {
        List<Place> places = new ArrayList<>();
        for (String name : names.split(",", -1)) {
            if (name.strip().equals(ANY)) {
                all(places);
            } else {
                places.add(one(name.strip()));
            }
        }
        if (places.stream().map(Place::name).distinct().count() < places.size()) {
            throw new JopilException("JOPIL-400", 400, "An interface is named twice", "Name each once: " + names);
        }
        if (places.isEmpty() || places.size() > MOST) {
            throw new JopilException(
                    "JOPIL-400",
                    400,
                    places.size() + " interfaces are too " + (places.isEmpty() ? "few" : "many"),
                    "A capture takes 1 to " + MOST + ". See: jopil interfaces");
        }
        return places;
    }

    private static void all(List<Place> places) {
        Links.list(NetworkNamespace.current()).stream()
                .filter(Link::up)
                .forEach(link -> places.add(new Place(link.name(), NetworkNamespace.current(), link)));
    }

    private static Place one(String name) {
        int slash = name.indexOf('/');
        String device = name.substring(slash + 1);
        if (name.isEmpty() || device.isEmpty() || device.indexOf('/') >= 0) {
            throw unknown(name, "An interface is IF, or NS/IF in a named network namespace. See: jopil interfaces");
        }
        NetworkNamespace namespace = NetworkNamespace.named(slash < 0 ? "" : name.substring(0, slash));
        try {
            return Links.find(namespace, device)
                    .map(link -> new Place(name, namespace, link))
                    .orElseThrow(() -> unknown(name, near(namespace, device)));
        } catch (NetworkNamespace.NoSuchNamespaceException e) {
            throw unknown(name, "There is no network namespace " + namespace.name() + ". See: ip netns list");
        } catch (NetException e) {
            throw new JopilException(
                    "JOPIL-129", 500, "Cannot attach to " + name, "The kernel answered: " + e.getMessage(), e);
        }
    }

    private static String near(NetworkNamespace namespace, String device) {
        return NearNames.hint(
                        device, Links.list(namespace).stream().map(Link::name).collect(Collectors.toSet()))
                + "See: jopil interfaces";
    }

    private static JopilException unknown(String name, String detail) {
        return new JopilException("JOPIL-124", 404, "Interface " + name + " does not exist", detail);
    }
}
