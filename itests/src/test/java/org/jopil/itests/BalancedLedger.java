// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** After every test of the suite the books of every instance that runs add up. Found by JUnit itself. */
public final class BalancedLedger implements AfterEachCallback {
    @Override
    public void afterEach(ExtensionContext context) {
        Instance.assertAllBalanced();
    }
}
