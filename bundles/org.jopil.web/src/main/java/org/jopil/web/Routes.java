// SPDX-License-Identifier: Apache-2.0
package org.jopil.web;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** All routes that are served now, whoever serves them. Any thread. */
@ProviderType
public interface Routes {
    List<Route> all();
}
