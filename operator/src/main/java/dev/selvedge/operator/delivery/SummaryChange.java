// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.delivery;

import dev.selvedge.compiler.snapshot.ObjectRef;
import dev.selvedge.operator.topology.Call;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a replica's {@link Summary} has changed, as it tells the others.
 *
 * @param complete whether it is relative to nothing: the first word on a stream
 * @param gone proxies that are not counted any more, by id
 * @param unheld objects that are gone and that no proxy holds anything of any more
 * @param calls that were not there before
 * @param endedCalls that are not there any more
 * @param crowd as in the summary; a replica of an earlier version says nothing of it, and that is no
 */
record SummaryChange(
        boolean complete,
        List<Summary.Proxy> proxies,
        List<Summary.Standing> standings,
        List<Integer> gone,
        List<ObjectRef> unheld,
        @Nullable List<Call> calls,
        @Nullable List<Call> endedCalls,
        boolean crowd) {
    SummaryChange {
        proxies = List.copyOf(proxies);
        standings = List.copyOf(standings);
        gone = List.copyOf(gone);
        unheld = List.copyOf(unheld);
        // A replica of an earlier version says nothing of them.
        calls = calls == null ? List.of() : List.copyOf(calls);
        endedCalls = endedCalls == null ? List.of() : List.copyOf(endedCalls);
    }
}
