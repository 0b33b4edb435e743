package ai.primespark.benchmarks;

import ai.primespark.spi.VpnDriver;
import ai.primespark.vpn.wireguard.driver.DumpParser;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Reading what {@code wg show all dump} prints of one interface with many peers. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class VpnDumpBenchmark {

    /** A dump with two addresses a peer, as of a dual-stack network. */
    @State(Scope.Benchmark)
    public static class Dump {

        @Param({"10000"})
        public int peers;

        private byte[] dump;

        @Setup(Level.Trial)
        public void make() {
            dump = VpnDumpBenchmark.print(peers);
        }
    }

    static byte[] print(int peers) {
        Random random = new Random(42);
        StringBuilder text = new StringBuilder();
        text.append("wg0\t")
                .append(key(random))
                .append('\t')
                .append(key(random))
                .append("\t51820\toff\n");
        for (int i = 0; i < peers; i++) {
            String host = (i >> 8 & 255) + "." + (i & 255);
            text.append("wg0\t").append(key(random)).append('\t').append(key(random));
            text.append("\t198.18.").append(host).append(":51820\t10.8.").append(host);
            text.append("/32,fd00:8::").append(Integer.toHexString(i + 1)).append("/128\t17954");
            text.append(10_000 + i).append('\t').append(random.nextInt(1 << 30));
            text.append('\t').append(random.nextInt(1 << 30)).append("\t25\n");
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static String key(Random random) {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    @Benchmark
    public Map<String, VpnDriver.Snapshot> parse(Dump of) {
        return DumpParser.parseAll(of.dump);
    }
}
