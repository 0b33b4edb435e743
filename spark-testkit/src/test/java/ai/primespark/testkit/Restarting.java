package ai.primespark.testkit;

import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.spi.AbstractLlmCall;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.CallLimits;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** A call that says something, discards it, and then passes on what another call says. */
final class Restarting extends AbstractLlmCall {

    private final LlmCall call;
    private final String backend;
    private int step;
    private @Nullable Iterator<LlmEvent> events;

    Restarting(LlmCall call, BackendInfo info, CallLimits limits, TestContext context) {
        super(info, limits, context.scheduler(), context.blocking());
        this.call = call;
        this.backend = info.id();
    }

    @Override
    protected LlmEvent pull() {
        step++;
        if (step == 1) {
            return new LlmEvent.Text("!");
        }
        if (step == 2) {
            discardText();
            return new LlmEvent.Restarted(backend);
        }
        Iterator<LlmEvent> rest = events;
        if (rest == null) {
            rest = call.iterator();
            events = rest;
        }
        if (!rest.hasNext()) {
            throw failure(LlmException.Kind.TRUNCATED, "the other call ended without Done")
                    .build();
        }
        return rest.next();
    }

    @Override
    protected void abort() {
        call.close();
    }
}
