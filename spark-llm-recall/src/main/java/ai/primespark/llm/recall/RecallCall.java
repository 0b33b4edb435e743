package ai.primespark.llm.recall;

import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.Source;
import ai.primespark.llm.Timings;
import ai.primespark.llm.Usage;
import ai.primespark.spi.AbstractLlmCall;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.ProviderContext;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One answer: searched when the consumer asks for the first event, then handed out piece by piece. */
final class RecallCall extends AbstractLlmCall {

    private final Supplier<RecallAnswer> answering;
    private final Consumer<RecallCall> ended;

    private @Nullable Iterator<String> pieces; // read by one thread at a time, as pull() is
    private List<Source> sources = List.of();

    /**
     * Makes a call.
     *
     * @param answering makes the answer; fails with {@link ai.primespark.llm.LlmException}
     * @param ended told once at least when the call has ended
     */
    RecallCall(
            BackendInfo info,
            CallLimits limits,
            ProviderContext context,
            Supplier<RecallAnswer> answering,
            Consumer<RecallCall> ended) {
        super(info, limits, context.scheduler(), context.blocking());
        this.answering = answering;
        this.ended = ended;
    }

    @Override
    protected LlmEvent pull() {
        if (pieces == null) {
            RecallAnswer answer = answering.get();
            pieces = answer.pieces().iterator();
            sources = answer.sources();
        }
        return pieces.hasNext()
                ? new LlmEvent.Text(pieces.next())
                : done(FinishReason.STOP, "", Usage.NONE, Timings.NONE, sources);
    }

    @Override
    protected void abort() {
        ended.accept(this);
    }
}
