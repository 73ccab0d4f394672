// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.drop.internal;

import java.nio.file.Path;
import org.jopil.api.analyzer.AnalyzerProperties;
import org.jopil.api.analyzer.Poller;
import org.jopil.api.report.ReportSource;
import org.jopil.api.source.DropSource;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** What the kernel dropped, where, why, and what to do about it. */
@Component(service = {Poller.class, ReportSource.class})
@AnalyzerProperties(name = "drops", latency_ms = 1000)
public final class DropAnalyzer extends DropCounts {
    /** Called by the component runtime. */
    @Activate
    public DropAnalyzer(@Reference DropSource drops) {
        this(drops, rulesOfUser());
    }

    DropAnalyzer(DropSource drops, Path rules) {
        super(drops, rules);
    }

    @Override
    boolean isWanted(DropRule advice) {
        return !advice.isNormal();
    }
}
