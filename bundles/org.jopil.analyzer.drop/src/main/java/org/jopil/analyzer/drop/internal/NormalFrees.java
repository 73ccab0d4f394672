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

/** What the kernel is done with, and frees with the word for drops: nothing of it was lost. */
@Component(service = {Poller.class, ReportSource.class})
@AnalyzerProperties(name = "drops-normal", latency_ms = 1000)
public final class NormalFrees extends DropCounts {
    /** Called by the component runtime. */
    @Activate
    public NormalFrees(@Reference DropSource drops) {
        this(drops, rulesOfUser());
    }

    NormalFrees(DropSource drops, Path rules) {
        super(drops, rules);
    }

    @Override
    boolean isWanted(DropRule advice) {
        return advice.isNormal();
    }
}
