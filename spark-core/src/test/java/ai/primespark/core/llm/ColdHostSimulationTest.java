package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Zone;
import ai.primespark.core.power.Thrift;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.ModelInfo;
import ai.primespark.llm.RouteTrace.Readiness;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.llm.Timings;
import ai.primespark.llm.Usage;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Two hosts on virtual time: one near, which unloads the model between bursts of requests and takes 20 s to load it again; the
 * other farther away, which keeps it loaded. The router's own order and learning decide, against picking the host that answers
 * {@code /api/tags} fastest.
 */
class ColdHostSimulationTest {

    private static final long SEED = 20_261_125L;
    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000 * MS;
    private static final int BURSTS = 200;
    private static final long BURST_EVERY = 600 * SECOND;
    private static final long BURST_LENGTH = 120 * SECOND;
    private static final double MEAN_PAUSE = 8.0 * SECOND;
    private static final long STATUS_EVERY = 15 * SECOND;
    private static final int PROMPT_CHARS = 800;
    private static final int PROMPT_TOKENS = 200;
    private static final int ANSWER_TOKENS = 30;
    private static final Instant START = Instant.parse("2026-11-25T08:00:00Z");

    private static final LlmRequest REQUEST =
            LlmRequest.prompt("x".repeat(PROMPT_CHARS)).model("m").build();

    /** A server that serves one call after the other. */
    private static final class Host {

        final String id;
        final long tagsRoundTrip;
        private final long load;
        private final long keepAlive;
        private final long promptEval;
        private final long eval;
        private long freeAt;
        private long loadedUntil;

        Host(
                String id,
                long tagsRoundTrip,
                long load,
                boolean loaded,
                long keepAlive,
                long perPromptToken,
                long perToken) {
            this.id = id;
            this.tagsRoundTrip = tagsRoundTrip;
            this.load = load;
            this.loadedUntil = loaded ? keepAlive : -1;
            this.keepAlive = keepAlive;
            this.promptEval = PROMPT_TOKENS * perPromptToken;
            this.eval = ANSWER_TOKENS * perToken;
        }

        Call serve(long at) {
            long begins = Math.max(at, freeAt);
            long loads = loadedUntil > begins ? 0 : load;
            long first = begins + loads + promptEval + tagsRoundTrip + 50 * MS;
            freeAt = first + eval;
            loadedUntil = freeAt + keepAlive;
            return new Call(this, at, first, freeAt, loads);
        }

        BackendStatus status(long now) {
            boolean loaded = loadedUntil > now;
            Instant until = loaded && keepAlive < 365 * 24 * 3600 * SECOND ? START.plusNanos(loadedUntil) : null;
            return new BackendStatus(
                    "", List.of(new ModelInfo("m", "", 4_000_000_000L, loaded, 4096, until, List.of(), false)));
        }
    }

    private record Call(Host host, long at, long first, long end, long load) {}

    private record Event(long at, Runnable what) {}

    /** The figures of a run, in milliseconds. */
    private record Result(long p50, long p99, long worst, long onNear, int requests) {}

    private static List<Host> hosts() {
        return List.of(
                new Host("near", MS, 20 * SECOND, false, 300 * SECOND, MS / 2, 20 * MS),
                new Host("far", 12 * MS, 20 * SECOND, true, 1L << 62, MS / 2, 25 * MS));
    }

    private static long[] arrivals() {
        Random random = new Random(SEED);
        List<Long> times = new ArrayList<>();
        for (int burst = 0; burst < BURSTS; burst++) {
            double at = burst * (double) BURST_EVERY;
            while ((at += -Math.log(1 - random.nextDouble()) * MEAN_PAUSE) < burst * BURST_EVERY + BURST_LENGTH) {
                times.add((long) at);
            }
        }
        return times.stream().mapToLong(Long::longValue).toArray();
    }

    /** Plays all requests; without a strategy, by the fastest answer to {@code /api/tags}. */
    private static Result play(@Nullable RoutingStrategy strategy) {
        List<Host> hosts = hosts();
        long[] now = {0};
        Settings settings = Settings.of(LlmSettings.ALL, Map.of());
        List<BackendHandle> handles = hosts.stream()
                .map(host -> new BackendHandle(
                        new ScriptedLlmBackend(host.id, Zone.EDGE),
                        settings,
                        () -> START.plusNanos(now[0]),
                        Meters.discarding(),
                        event -> {}))
                .toList();
        CandidateOrder order = new CandidateOrder(
                handles,
                strategy == null ? RoutingStrategy.EDGE_FIRST : strategy,
                null,
                new ModelNames(null, Map.of(), List.of("near", "far")),
                true,
                Thrift.NONE,
                () -> now[0]);
        PriorityQueue<Event> events = new PriorityQueue<>(Comparator.comparingLong(Event::at));
        long[] arrivals = arrivals();
        List<Call> calls = new ArrayList<>();
        for (long at : arrivals) {
            events.add(new Event(at, () -> {
                BackendHandle chosen = strategy == null
                        ? handles.get(hosts.get(0).tagsRoundTrip < hosts.get(1).tagsRoundTrip ? 0 : 1)
                        : order.plan(REQUEST, 900 * SECOND).choices().get(0).backend();
                Host host = hosts.get(handles.indexOf(chosen));
                calls.add(begin(chosen, host.serve(at), events, at));
            }));
        }
        long last = arrivals[arrivals.length - 1];
        for (long at = arrivals[0] + 50 * MS; at < last; at += STATUS_EVERY) { // the first call begins the watch
            long askedAt = at;
            events.add(new Event(at, () -> {
                for (int i = 0; i < hosts.size(); i++) {
                    handles.get(i).knowledge().saw(hosts.get(i).status(askedAt), askedAt, START.plusNanos(askedAt));
                }
            }));
        }
        Event next;
        while ((next = events.poll()) != null) {
            now[0] = next.at();
            next.what().run();
        }
        assertThat(handles).allSatisfy(handle -> assertThat(handle.inFlight()).isZero());
        return result(calls);
    }

    /** Lets the router learn from a call as it learns from a real one. */
    private static Call begin(BackendHandle chosen, Call call, PriorityQueue<Event> events, long at) {
        assertThat(chosen.admit()).isNull();
        HostKnowledge knowledge = chosen.knowledge();
        Workload work = Workload.of(REQUEST);
        Readiness readiness = knowledge.readiness(knowledge.key("m"), work, at);
        boolean alone = knowledge.hasLane(chosen.inFlight() - 1);
        events.add(new Event(call.first(), () -> {
            chosen.firstToken(call.first() - at, false);
            knowledge.began("m", call.first() - at, work, true, true, call.first());
        }));
        events.add(new Event(call.end(), () -> {
            Timings timings = new Timings(
                    Duration.ofNanos(call.load()),
                    Duration.ofNanos(call.host().promptEval),
                    Duration.ofNanos(call.host().eval));
            knowledge.answered(
                    "m",
                    "m",
                    readiness,
                    new ModelRates.Observation(
                            call.first() - at,
                            call.end() - at,
                            work,
                            new Usage(PROMPT_TOKENS, ANSWER_TOKENS),
                            timings,
                            readiness == Readiness.COLD,
                            alone,
                            call.first()));
            knowledge.ended();
            chosen.leave(call.end() - at, null, false);
        }));
        return call;
    }

    private static Result result(List<Call> calls) {
        long[] waits = calls.stream()
                .mapToLong(c -> (c.first() - c.at()) / MS)
                .sorted()
                .toArray();
        long near = calls.stream().filter(c -> c.host().id.equals("near")).count();
        return new Result(
                waits[waits.length / 2],
                waits[(int) Math.ceil(waits.length * 0.99) - 1],
                Arrays.stream(waits).max().orElseThrow(),
                near,
                waits.length);
    }

    @Test
    void theBalancedOrderIsTenTimesBetterAtTheSlowEndThanTheRoundTripOfAListing() {
        Result byTags = play(null);
        Result balanced = play(RoutingStrategy.BALANCED);

        System.out.println(line("by /api/tags", byTags));
        System.out.println(line("balanced", balanced));
        System.out.printf(
                Locale.ROOT,
                "two hosts, one cold (20 s load): 99th percentile of the first token %.1f times better%n",
                (double) byTags.p99() / balanced.p99());
        assertThat(balanced.requests()).isEqualTo(byTags.requests()).isGreaterThan(2_000);
        assertThat(byTags.p99()).isGreaterThan(20_000);
        assertThat(balanced.p99() * 10).isLessThanOrEqualTo(byTags.p99());
        assertThat(balanced.p50()).isLessThanOrEqualTo(byTags.p50() + 50);
    }

    private static String line(String name, Result result) {
        return String.format(
                Locale.ROOT,
                "%-13s first token of %d requests: median %d ms, 99th percentile %d ms, worst %d ms; %d on the near host",
                name,
                result.requests(),
                result.p50(),
                result.p99(),
                result.worst(),
                result.onNear());
    }

    @Test
    void theSimulationIsTheSameEachTime() {
        assertThat(play(RoutingStrategy.BALANCED)).isEqualTo(play(RoutingStrategy.BALANCED));
    }
}
