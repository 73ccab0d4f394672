// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats.internal;

import org.jopil.api.report.Reports;
import org.jopil.api.source.Cost;
import org.jopil.api.source.Counters;
import org.jopil.api.source.Interfaces;
import org.jopil.api.source.Ledger;
import org.jopil.api.source.Replays;
import org.jopil.api.source.Sampling;
import org.jopil.api.source.TcpSource;

/** The services that are there at one tick; null is one that is not. */
record Sources(
        Counters counters,
        Interfaces interfaces,
        Ledger ledger,
        Cost cost,
        Sampling sampling,
        Reports reports,
        TcpSource tcp,
        Replays replays) {}
