// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench;

import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/** Adds the secondary result {@code cpu}, nanoseconds per event of all threads: what {@link CpuTime} measured. */
public final class CpuProfiler implements InternalProfiler {
    @Override
    public String getDescription() {
        return "CPU time of the whole process per event";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        CpuTime.reset();
    }

    @Override
    public Collection<? extends Result<?>> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        return List.of(new ScalarResult("cpu", CpuTime.nsPerEvent(), "ns/op", AggregationPolicy.AVG));
    }
}
