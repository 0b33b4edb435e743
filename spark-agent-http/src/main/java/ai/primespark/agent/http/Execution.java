package ai.primespark.agent.http;

import ai.primespark.agent.TaskContext;
import ai.primespark.agent.TaskException;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.RemoteAgent.Outcome;
import ai.primespark.spi.RemoteAgent.Work;
import ai.primespark.spi.Settings;
import ai.primespark.spi.http.BodyBytes;
import ai.primespark.spi.http.Futures;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One attempt at a task on an agent: the request, the wait for the end of long work by callback and by asking, and the word to the
 * agent when it is to stop. {@link #run} is for one thread, the rest for any.
 */
final class Execution {

    private static final String PATH = "/api/execute";

    /** How long the agent may take to hear that it is to stop. */
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(2);

    /** A callback that got lost is made up for by asking, which need not be soon. */
    private static final int RARELY = 10;

    private static final Duration UNREACHABLE_PAUSE = Duration.ofSeconds(1);

    private static final byte[] NO_BODY = {};

    private final HttpAgent agent;
    private final AgentLink link;
    private final InstantSource clock;
    private final TaskContext context;
    private final RequestBody request;
    private final long silenceNanos;
    private final long pollNanos;
    private final Duration limit;
    private final long beganNanos = System.nanoTime();
    private final CompletableFuture<Report> ended = new CompletableFuture<>();

    /** Complete when the attempt is to stop; with true if the agent is to be told. */
    private final CompletableFuture<Boolean> stop = new CompletableFuture<>();

    Execution(HttpAgent agent, AgentLink link, ProviderContext around, Work work, TaskContext context) {
        this.agent = agent;
        this.link = link;
        this.clock = around.clock();
        this.context = context;
        Settings settings = around.settings();
        Optional<String> callback = settings.find(HttpAgentProvider.CALLBACK_URL)
                .map(url -> url.toString().replaceAll("/$", "") + "/" + around.id() + "/" + context.taskId());
        this.request = new RequestBody(work, context, callback);
        this.silenceNanos = settings.get(HttpAgentProvider.SILENCE).toNanos();
        this.pollNanos = settings.get(HttpAgentProvider.POLL_INTERVAL).toNanos() * (callback.isPresent() ? RARELY : 1);
        this.limit = settings.get(HttpAgentProvider.MAX_RUNTIME); // a deadline is the queue's, by the queue's clock
    }

    /** The attempt is given up from this side, although the agent may go on. */
    private static final class GivenUp extends Exception {

        private static final long serialVersionUID = 1L;

        GivenUp(String why) {
            super(why);
        }
    }

    /** Does the attempt. */
    Outcome run() throws InterruptedException {
        context.onCancel(reason -> stop.complete(true));
        Optional<byte[]> body = request.bytes();
        if (body.isEmpty()) {
            return new Outcome.Failed("the payload is not the JSON that it should be", false);
        }
        try {
            Optional<Outcome> outcome = begin(body.get());
            return outcome.isPresent() ? outcome.get() : follow();
        } catch (GivenUp e) {
            tellToStop();
            return new Outcome.Broken(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            tellToStop();
            if (context.cancelled().isEmpty()) {
                throw e;
            }
            return new Outcome.Stopped();
        }
    }

    /** Takes a callback; false when the attempt is over, or another one is meant. */
    boolean take(Report report) {
        if (!report.isAbout(context.fence()) || stop.isDone() || ended.isDone()) {
            return false;
        }
        agent.heard();
        passOn(report);
        if (report.isOver()) {
            ended.complete(report);
        }
        return true;
    }

    /** The agent's adapter is closed. */
    void abandon() {
        stop.complete(false);
    }

    // --- the request

    /** Posts the task; empty when the agent has accepted it and goes on. */
    private Optional<Outcome> begin(byte[] body) throws InterruptedException, GivenUp {
        CompletableFuture<AgentLink.Reply> reply =
                link.send("POST", PATH, body, context.taskId(), Map.of("Idempotency-Key", context.effectKey()));
        try {
            await(reply, Long.MAX_VALUE);
            if (stop.isDone() || ended.isDone()) { // a callback may be faster than the answer
                return Optional.of(over());
            }
            AgentLink.Reply answer = reply.get();
            agent.heard();
            return Answers.outcome(answer, clock.instant());
        } catch (ExecutionException e) {
            Problems problem = Problems.of(Futures.bare(e));
            return Optional.of(
                    problem.neverSent()
                            ? new Outcome.NotTaken(problem.words(), UNREACHABLE_PAUSE, true)
                            : new Outcome.Broken(problem.words()));
        } finally {
            reply.cancel(true);
        }
    }

    // --- long work

    private Outcome follow() throws InterruptedException, GivenUp {
        while (true) {
            await(new CompletableFuture<>(), System.nanoTime() + pollNanos);
            if (stop.isDone() || ended.isDone()) {
                return over();
            }
            Optional<Outcome> outcome = ask();
            if (outcome.isPresent()) {
                return outcome.get();
            }
        }
    }

    /** Asks how the work is; empty when it goes on, or nobody answers: silence has a limit of its own. */
    private Optional<Outcome> ask() throws InterruptedException, GivenUp {
        CompletableFuture<AgentLink.Reply> reply = link.send("GET", taskPath(), NO_BODY, context.taskId(), Map.of());
        try {
            await(reply, Long.MAX_VALUE);
            if (stop.isDone() || ended.isDone()) {
                return Optional.of(over());
            }
            return understood(reply.get());
        } catch (ExecutionException e) {
            Throwable failure = Futures.bare(e);
            return failure instanceof BodyBytes.TooLongException
                    ? Optional.of(new Outcome.Broken(Problems.of(failure).words()))
                    : Optional.empty();
        } finally {
            reply.cancel(true);
        }
    }

    private Optional<Outcome> understood(AgentLink.Reply reply) {
        if (reply.status() == 404 || reply.status() == 410) {
            return Optional.of(new Outcome.Broken("it knows nothing of the task any more; was it started again?"));
        }
        if (reply.status() != 200) {
            return Optional.empty();
        }
        Optional<Report> report = Report.read(reply.body());
        if (report.isEmpty()) {
            return Optional.of(new Outcome.Broken("what it says of its work is no report"));
        }
        agent.heard();
        if (!report.get().isAbout(context.fence())) {
            return Optional.of(new Outcome.Broken("it works on another attempt at the task"));
        }
        passOn(report.get());
        return report.filter(Report::isOver).map(Report::outcome);
    }

    private void passOn(Report report) {
        try {
            if (!Double.isNaN(report.progress())) {
                context.progress(report.progress(), report.note());
            }
            if (!report.output().isEmpty()) {
                context.emit(report.output());
            }
        } catch (TaskException | IllegalArgumentException e) {
            return; // nothing is decided by progress and output: the lease is lost, or the piece too large to be passed
            // on
        }
    }

    // --- waiting and stopping

    /**
     * Waits until something is there, the work has ended or is to stop, or the moment has come.
     *
     * @throws GivenUp when the attempt has lasted too long, or nothing was heard of the agent for too long
     */
    private void await(CompletableFuture<?> something, long untilNanos) throws InterruptedException, GivenUp {
        CompletableFuture<Object> any = CompletableFuture.anyOf(something, ended, stop);
        while (!any.isDone()) {
            long now = System.nanoTime();
            long left = limit.toNanos() - (now - beganNanos);
            long heard = Math.max(agent.heardNanos() - beganNanos, 0) + beganNanos;
            long quiet = silenceNanos - (now - heard);
            long due = untilNanos == Long.MAX_VALUE ? Long.MAX_VALUE : untilNanos - now;
            if (due <= 0) {
                return;
            }
            if (left <= 0) {
                throw new GivenUp("it was not done within " + limit);
            }
            if (quiet <= 0) {
                throw new GivenUp("nothing has been heard of it for " + Duration.ofNanos(silenceNanos));
            }
            pause(any, Math.min(due, Math.min(left, quiet)));
        }
    }

    private static void pause(CompletableFuture<?> something, long nanos) throws InterruptedException {
        try {
            var unused = something.get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return; // whoever waits looks at what it waits for
        }
    }

    private Outcome over() throws InterruptedException {
        if (ended.isDone()) {
            return ended.join().outcome();
        }
        if (!stop.join()) {
            return new Outcome.Broken("the connection to it is closed");
        }
        tellToStop();
        return new Outcome.Stopped();
    }

    /** Best effort: an agent that does not hear it is told by the refusal of its next callback. */
    private void tellToStop() throws InterruptedException {
        stop.complete(true); // callbacks are refused from here on
        boolean interrupted =
                Thread.interrupted(); // which is how the engine says the same, and must not break this off
        CompletableFuture<AgentLink.Reply> reply =
                link.send("DELETE", taskPath() + "?fence=" + context.fence(), NO_BODY, context.taskId(), Map.of());
        try {
            var unused = reply.get(STOP_PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            interrupted |= Thread.interrupted();
        } finally {
            reply.cancel(true);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private String taskPath() {
        return PATH + "/" + context.taskId();
    }
}
