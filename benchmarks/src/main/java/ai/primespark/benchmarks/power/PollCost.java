package ai.primespark.benchmarks.power;

import ai.primespark.benchmarks.Table;
import ai.primespark.power.PowerSupply;
import ai.primespark.power.ups.NutSourceProvider;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.PowerSource;
import ai.primespark.testkit.LocalNut;
import ai.primespark.testkit.TestContext;
import com.sun.management.ThreadMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import jdk.net.ExtendedSocketOptions;

/**
 * One poll of a real upsd: by the source {@code nut}, in clear and over TLS, beside bare sockets that throw the answer away. upsd
 * writes a packet for each variable, and waits for the first to be acknowledged before it sends more; a client that does not hurry its
 * kernel waits 40 ms for that.
 */
public final class PollCost {

    private static final int POLLS = 10_000;
    private static final int SLOW_POLLS = 100;

    private PollCost() {}

    /**
     * Measures and prints a table in Markdown.
     *
     * @param root a directory for what is written meanwhile
     * @throws Exception when a server cannot be started
     */
    public static void run(Path root) throws Exception {
        Table table = new Table("One poll of upsd", "µs, median", "µs, 99 %", "KiB allocated");
        try (LocalNut nut = LocalNut.start();
                Socket socket = new Socket("127.0.0.1", nut.port())) {
            socket.setTcpNoDelay(true);
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            measure(table, "bare socket", SLOW_POLLS, () -> bare(socket, in, false));
            measure(table, "bare socket with TCP_QUICKACK", POLLS, () -> bare(socket, in, true));
            measure(table, "`nut`", nut, Map.of("tls.mode", "off"));
        }
        try (LocalNut nut = LocalNut.startTls("dns:localhost")) {
            measure(table, "`nut` over TLS", nut, Map.of("tls.mode", "require", "tls.ca-file", nut.certificate()));
        }
        System.out.println("\n### Power: what one poll costs\n\n" + table);
        System.out.println("\n### Power: how soon it is obeyed\n\n" + OnBattery.run(root));
    }

    private static void bare(Socket socket, BufferedReader in, boolean quick) {
        try {
            socket.getOutputStream().write(("LIST VAR " + LocalNut.UPS + "\n").getBytes(StandardCharsets.US_ASCII));
            if (quick) {
                socket.setOption(ExtendedSocketOptions.TCP_QUICKACK, true);
            }
            String line = in.readLine();
            while (line != null && !line.startsWith("END ")) {
                line = in.readLine();
            }
            if (line == null) {
                throw new IllegalStateException("the server closed the connection");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void measure(Table table, String name, LocalNut nut, Map<String, Object> more) throws Exception {
        NutSourceProvider provider = new NutSourceProvider();
        Map<String, Object> settings =
                new java.util.HashMap<>(Map.of("host", "localhost", "port", nut.port(), "ups", LocalNut.UPS));
        settings.putAll(more);
        try (TestContext context = TestContext.create();
                PowerSource source = provider.create(context.with(provider, settings))) {
            source.start();
            measure(table, name, POLLS, () -> {
                if (source.read(Deadline.in(Duration.ofSeconds(5))).supply() != PowerSupply.MAINS) {
                    throw new IllegalStateException("not on mains");
                }
            });
        }
    }

    private static void measure(Table table, String name, int polls, Runnable poll) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < polls / 2; i++) {
            poll.run();
        }
        long[] nanos = new long[polls];
        long allocated = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < polls; i++) {
            long start = System.nanoTime();
            poll.run();
            nanos[i] = System.nanoTime() - start;
        }
        allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
        Arrays.sort(nanos);
        table.row(
                name,
                Table.number(nanos[polls / 2] / 1e3),
                Table.number(nanos[polls * 99 / 100] / 1e3),
                Table.number(allocated / 1024.0 / polls));
    }
}
