package ai.primespark.it.vpn;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.it.story.FakeOllama;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.vpn.VpnStatus;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * An application that asks a question again and again, with a model of its own at hand and another one behind a tunnel. Argument: its
 * configuration. Prints who answered, whenever that is somebody else, and what becomes of the tunnel.
 */
public final class TunnelledApplication {

    private TunnelledApplication() {}

    public static void main(String[] args) throws Exception {
        FakeOllama.main(new String[] {"m", "near answer", "-1"});
        try (PrimeSpark spark = PrimeSpark.builder()
                .config(SparkConfig.empty().withFile(Path.of(args[0])))
                .build()) {
            say("vpn", spark.vpn().status());
            var unused = spark.vpn().onChange(status -> say("vpn", status));
            var unusedAsking = Executors.newSingleThreadScheduledExecutor()
                    .scheduleWithFixedDelay(() -> ask(spark), 0, 100, TimeUnit.MILLISECONDS);
            new CountDownLatch(1).await(); // until it is killed
        }
    }

    private static String last = "";

    private static void ask(PrimeSpark spark) {
        String who;
        try {
            LlmResponse answer =
                    spark.llm().generate(LlmRequest.prompt("question").build());
            who = "answered by " + answer.backend()
                    + answer.trace().skipped().stream()
                            .map(skipped -> "; without " + skipped.backend() + ": " + skipped.reason())
                            .collect(Collectors.joining());
        } catch (LlmException e) {
            who = "not answered: " + e.getMessage();
        }
        String brief = who.replaceAll("[0-9]+ s ago|for [0-9]+ s", "…");
        if (!brief.equals(last)) {
            last = brief;
            System.out.println(brief);
        }
    }

    private static void say(String what, VpnStatus status) {
        System.out.println(what + " " + status.state() + " "
                + status.networks().stream().sorted().toList());
    }
}
