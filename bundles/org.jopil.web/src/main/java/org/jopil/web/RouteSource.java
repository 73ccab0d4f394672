// SPDX-License-Identifier: Apache-2.0
package org.jopil.web;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Whiteboard: whoever serves routes in the context {@code jopil} says so here too. Their roles are then enforced before
 * the servlet is reached, and they are part of {@code /api/openapi.json}. Any thread.
 */
@ConsumerType
@FunctionalInterface
public interface RouteSource {
    List<Route> routes();
}
