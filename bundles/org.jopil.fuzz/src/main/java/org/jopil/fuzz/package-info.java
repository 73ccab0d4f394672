// SPDX-License-Identifier: Apache-2.0
/** Runs Jazzer, for tests. */
package org.jopil.fuzz;
