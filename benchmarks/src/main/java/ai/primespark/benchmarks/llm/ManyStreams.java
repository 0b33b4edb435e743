package ai.primespark.benchmarks.llm;

import ai.primespark.benchmarks.Directories;
import ai.primespark.benchmarks.Table;
import ai.primespark.benchmarks.llm.Client.Answer;
import ai.primespark.benchmarks.llm.Client.Asked;
import ai.primespark.benchmarks.llm.Client.Listener;
import java.io.BufferedReader;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Many streams at once in a small heap, in a JVM of its own: on this JDK, and on that of SECOND_JAVA_HOME. */
final class ManyStreams {

    private static final int LONGEST_SECONDS = 40;

    private ManyStreams() {}

    static Table run() throws Exception {
        List<String> javas = new ArrayList<>(List.of(ServerProcess.ownJava()));
        String second = System.getenv("SECOND_JAVA_HOME");
        if (second != null && !second.isBlank()) {
            javas.add(Path.of(second, "bin", "java").toString());
        }
        Table table = new Table(
                FakeOllama.TOGETHER + " streams at once, -Xmx64m",
                "JDK",
                "Complete",
                "Heap, pools' peaks, MiB",
                "Threads",
                "Goal",
                "");
        for (String java : javas) {
            for (Contender contender : Contender.all(true)) {
                Map<String, String> figures = child(java, contender);
                boolean ours = contender.library().equals("Prime Spark");
                String complete = figures.getOrDefault("complete", "none: it failed");
                table.row(
                        contender.label(),
                        figures.getOrDefault("jdk", "–"),
                        complete,
                        figures.getOrDefault("heap", "–"),
                        figures.getOrDefault("threads", "–"),
                        ours ? "all" : "",
                        ours ? Table.reached(complete.equals(String.valueOf(FakeOllama.TOGETHER))) : "");
            }
        }
        return table;
    }

    private static Map<String, String> child(String java, Contender contender) throws Exception {
        Map<String, String> figures = new LinkedHashMap<>();
        try (ServerProcess server = ServerProcess.start()) {
            Process child = new ProcessBuilder(ServerProcess.java(
                            java,
                            List.of("-Xmx64m", "-D" + Directories.PROPERTY + "=" + Directories.root()),
                            ManyStreams.class,
                            contender.label(),
                            server.uri().toString()))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (BufferedReader lines = child.inputReader(StandardCharsets.UTF_8)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.startsWith("@ ")) {
                        String[] parts = line.split(" ");
                        figures.put(parts[1], parts[2]);
                    }
                }
            }
            if (!child.waitFor(2L * LONGEST_SECONDS, TimeUnit.SECONDS)) {
                child.destroyForcibly();
            }
        }
        return figures;
    }

    /** The JVM with the streams. */
    public static void main(String[] arguments) throws Exception {
        Contender contender = Contender.all(true).stream()
                .filter(one -> one.label().equals(arguments[0]))
                .findFirst()
                .orElseThrow();
        CountDownLatch ends = new CountDownLatch(FakeOllama.TOGETHER);
        AtomicInteger complete = new AtomicInteger();
        int length = FakeOllama.PACED * " word0".length();
        Listener listener = new Listener() {

            @Override
            public void piece(String text) {}

            @Override
            public void answered(Answer answer) {
                if (answer.text().length() == length) {
                    complete.incrementAndGet();
                }
                ends.countDown();
            }

            @Override
            public void failed(Throwable failure) {
                ends.countDown();
            }
        };
        try (Client client = contender.open(Speed.place(URI.create(arguments[1])))) {
            for (int i = 0; i < FakeOllama.TOGETHER; i++) {
                Asked unused =
                        client.ask(new Client.Question(FakeOllama.GATHERING, "All together: " + i, false), listener);
            }
            boolean unused = ends.await(LONGEST_SECONDS, TimeUnit.SECONDS);
            figure("jdk", Runtime.version().feature());
            figure("complete", complete.get());
            figure("threads", ManagementFactory.getThreadMXBean().getPeakThreadCount());
            figure("heap", peak());
        }
        System.exit(0); // whatever threads a library has left
    }

    private static long peak() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                        .filter(pool -> pool.getType() == java.lang.management.MemoryType.HEAP)
                        .mapToLong(pool -> pool.getPeakUsage().getUsed())
                        .sum()
                / (1024 * 1024);
    }

    private static void figure(String name, long value) {
        System.out.println("@ " + name + " " + value);
    }
}
