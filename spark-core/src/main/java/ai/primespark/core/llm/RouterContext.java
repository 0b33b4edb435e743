package ai.primespark.core.llm;

import ai.primespark.core.llm.observe.CallReports;
import ai.primespark.core.power.Thrift;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.CallLimits;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * What all calls of one engine share.
 *
 * @param self how the router names itself
 * @param limits for each call
 * @param retries on the same backend
 * @param retryBackoff before the first of them
 * @param order which backends, in which order
 * @param models what models are called where
 * @param smaller which models stand in for larger ones
 * @param cache of answers; null when it is off
 * @param similar answers to similar questions; null when they are not wanted
 * @param queueWait how long a call waits for a place on one backend
 * @param hedging the rules for second attempts
 * @param thrift what power management asks for now
 * @param ledger keeps account
 * @param reports tells observers
 * @param running the calls that have not ended
 * @param scheduler for watchdogs
 * @param blocking for futures and subscriptions
 */
record RouterContext(
        BackendInfo self,
        CallLimits limits,
        int retries,
        Duration retryBackoff,
        CandidateOrder order,
        ModelNames models,
        SmallerModels smaller,
        @Nullable AnswerCache cache,
        @Nullable SimilarAnswers similar,
        Duration queueWait,
        Hedging hedging,
        Thrift thrift,
        Ledger ledger,
        CallReports reports,
        RunningCalls running,
        ScheduledExecutorService scheduler,
        Executor blocking) {

    static final String ROUTER = "router";
}
