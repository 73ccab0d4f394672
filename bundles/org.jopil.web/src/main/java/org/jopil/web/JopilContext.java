// SPDX-License-Identifier: Apache-2.0
package org.jopil.web;

/** The one HTTP context. What does not select it is not served. */
public final class JopilContext {
    public static final String NAME = "jopil";

    /** Value for {@code @HttpWhiteboardContextSelect}. */
    public static final String SELECT = "(osgi.http.whiteboard.context.name=" + NAME + ")";

    /**
     * Service property of any service: path patterns ({@code /assets/*}) that everybody may GET. All else needs a token.
     */
    public static final String PUBLIC_PATHS = "jopil.web.public";

    private JopilContext() {}
}
