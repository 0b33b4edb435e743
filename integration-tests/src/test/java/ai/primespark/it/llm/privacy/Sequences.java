package ai.primespark.it.llm.privacy;

import ai.primespark.PrimeSpark;
import ai.primespark.Zone;
import ai.primespark.llm.AnswerFormatException;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.Description;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.Embeddings;
import ai.primespark.llm.Failover;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.LlmResult;
import ai.primespark.llm.Message;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.llm.ToolFunction;
import ai.primespark.llm.Toolbox;
import ai.primespark.llm.Transcript;
import ai.primespark.power.PowerMode;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;

/** Sequences of faults and requests by chance: each begins with what the servers do from now on, and asks something. */
final class Sequences {

    private static final List<String> MODELS = List.of(
            "m",
            "m",
            "m",
            "m:latest",
            "M",
            "m:local",
            "smart",
            "smart",
            "sly",
            "half",
            "stub",
            "big:120b-cloud",
            "m:cloud",
            "gone");

    private final PrimeSpark spark;
    private final Site site;
    private final List<Privacy> privacies;
    private final Random random;
    private final AtomicReference<Duration> later;
    private final Witness witness;
    private final Tally tally;

    record Word(@Description("a word to look up") String word) {}

    record Thing(String name, int size) {}

    Sequences(
            PrimeSpark spark,
            Site site,
            List<Privacy> privacies,
            Random random,
            AtomicReference<Duration> later,
            Witness witness,
            Tally tally) {
        this.spark = spark;
        this.site = site;
        this.privacies = privacies;
        this.random = random;
        this.later = later;
        this.witness = witness;
        this.tally = tally;
    }

    void next() {
        change();
        Privacy privacy = privacies.get(random.nextInt(privacies.size()));
        String mark = Mark.of(privacy).numbered(random.nextInt(random.nextBoolean() ? 20 : 1 << 30));
        tally.count("sequences");
        try {
            switch (random.nextInt(20)) {
                case 0 -> embed(privacy, mark);
                case 1 -> form(privacy, mark);
                case 2 -> tools(privacy, mark);
                case 3 -> broken(privacy, mark);
                case 4 -> together();
                default -> heard(privacy, spark.llm().generate(request(privacy, "Say again: " + mark)));
            }
        } catch (LlmException e) {
            failed(e);
        }
    }

    private void change() {
        for (Site.Host host : site.hosts) {
            boolean good = random.nextInt(5) < 2;
            boolean slow = random.nextInt(12) == 0;
            FakeModels.Fault fault =
                    good ? FakeModels.Fault.NONE : slow ? FakeModels.Fault.SLOW : pick(FakeModels.Fault.values());
            host.models().does(fault, random.nextInt(3) != 0);
        }
        if (random.nextInt(16) == 0) {
            spark.power().mode(random.nextInt(3) == 0 ? PowerMode.OFF_GRID : PowerMode.ON_GRID);
        }
        if (random.nextInt(50) == 0) {
            later.updateAndGet(before -> before.plusHours(random.nextInt(48)));
        }
        if (random.nextInt(100) == 0) { // servers that are started anew
            site.endConnections();
        }
    }

    private LlmRequest request(Privacy privacy, String question) {
        LlmRequest.Builder request = LlmRequest.prompt(question)
                .privacy(privacy)
                .cache(random.nextInt(3) == 0 ? pick(CacheMode.values()) : CacheMode.USE);
        if (random.nextBoolean()) {
            request.model(MODELS.get(random.nextInt(MODELS.size())));
        }
        if (random.nextBoolean()) {
            request.failover(pick(Failover.values()));
        }
        if (random.nextInt(3) == 0) {
            request.strategy(pick(RoutingStrategy.values()));
        }
        if (random.nextInt(10) == 0) {
            request.message(Message.user("once more"));
        }
        return request.build();
    }

    private void heard(Privacy privacy, LlmResponse response) {
        tally.count("answered");
        tally.count(privacy + " -> " + response.zone());
        tally.add(response.trace());
        if (!privacy.allows(response.zone())) {
            tally.breach(privacy + " was answered by " + response.zone() + ": " + response.trace());
        }
        boolean fromAfar = response.text().startsWith(FakeModels.FROM_AFAR);
        if (fromAfar && privacy != Privacy.ANY && response.zone() != Zone.CLOUD) {
            tally.breach(privacy + " was answered by somebody else's machine: " + response.trace());
        }
        witness.shown("a response", response);
        witness.shown("a trace", response.trace());
    }

    private void failed(LlmException failure) {
        tally.failed(failure);
        witness.shown(failure);
        failure.trace().ifPresent(trace -> witness.shown("a trace", trace));
        if (failure instanceof AnswerFormatException form) {
            witness.shown("a transcript", form.transcript());
        }
    }

    private void embed(Privacy privacy, String mark) {
        String model = MODELS.get(random.nextInt(MODELS.size()));
        EmbedRequest request = new EmbedRequest(List.of(mark, "and " + mark), model, privacy);
        witness.shown("a request", request);
        Embeddings embeddings = spark.llm().embed(request);
        tally.count("embedded");
        tally.count(privacy + " -> " + embeddings.zone());
        if (!privacy.allows(embeddings.zone())) {
            tally.breach(privacy + " was embedded by " + embeddings.zone());
        }
    }

    private void form(Privacy privacy, String mark) {
        LlmResult<Thing> result = spark.llm().generate(request(privacy, "Say what this is: " + mark), Thing.class);
        tally.count("forms");
        heard(privacy, result.transcript());
        witness.shown("a result", result);
    }

    private void tools(Privacy privacy, String mark) {
        Toolbox toolbox = Toolbox.of(ToolFunction.of("look", "Looks up a word.", Word.class, asked -> {
            if (asked.word().isEmpty()) {
                throw new IllegalStateException("there is no such word as " + mark);
            }
            return "it means " + mark;
        }));
        LlmResult<String> result = spark.llm().run(request(privacy, "What is the meaning of " + mark), toolbox);
        tally.count("tool runs");
        heard(privacy, result.transcript());
        witness.shown("a result", result);
    }

    private void heard(Privacy privacy, Transcript transcript) {
        transcript.steps().forEach(step -> {
            heard(privacy, step.response());
            step.results().forEach(result -> witness.shown("a tool's result", result));
        });
        witness.shown("a transcript", transcript);
    }

    /** Reads a little and gives up. */
    private void broken(Privacy privacy, String mark) {
        LlmRequest request = request(privacy, "Tell me about " + mark);
        witness.shown("a request", request);
        try (LlmCall call = spark.llm().open(request)) {
            Iterator<LlmEvent> events = call.iterator();
            for (int i = random.nextInt(4); i > 0 && events.hasNext(); i--) {
                witness.shown("an event", events.next().getClass());
            }
            witness.shown("a call", call);
        }
        tally.count("given up");
    }

    /** One question by several at once, who may share an answer only where each may have it. */
    private void together() {
        List<Privacy> askers = List.of(
                privacies.get(random.nextInt(privacies.size())), privacies.get(random.nextInt(privacies.size())));
        boolean marked = askers.get(0) == askers.get(1);
        LlmRequest asked =
                request(askers.get(0), marked ? "Say " + Mark.of(askers.get(0)).numbered(7) : "Say it");
        List<CompletableFuture<LlmResponse>> answers = askers.stream()
                .map(privacy -> spark.llm()
                        .generateAsync(asked.toBuilder().privacy(privacy).build()))
                .toList();
        for (int i = 0; i < askers.size(); i++) {
            try {
                heard(askers.get(i), answers.get(i).join());
            } catch (CompletionException e) {
                if (!(e.getCause() instanceof LlmException failure)) {
                    throw e;
                }
                failed(failure);
            }
        }
        tally.count("asked together");
    }

    private <T> T pick(T[] values) {
        return values[random.nextInt(values.length)];
    }
}
