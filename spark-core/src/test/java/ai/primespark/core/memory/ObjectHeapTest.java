package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.memory.ObjectStore;
import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Large objects pass through a small heap. */
class ObjectHeapTest {

    private static final int MEGABYTES = Boolean.getBoolean("spark.exhaustive") ? 1_024 : 256;

    @TempDir
    Path temp;

    @Test
    @Timeout(900)
    void anObjectLargerThanTheHeapGoesUpAndDown() throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx96m",
                "-cp",
                System.getProperty("java.class.path"),
                Moving.class.getName(),
                temp.toString(),
                Integer.toString(MEGABYTES)));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> said = new ArrayList<>();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            lines.lines().forEach(said::add);
        }
        said.forEach(System.out::println);
        assertThat(process.waitFor()).as("%s", said).isZero();
        long peak = said.stream()
                .filter(line -> line.startsWith("heap peak "))
                .mapToLong(line -> Long.parseLong(line.split(" ")[2]))
                .findFirst()
                .orElseThrow();
        assertThat(peak).as("peak of the heap in MiB").isLessThanOrEqualTo(64);
        assertThat(Files.mismatch(temp.resolve("source"), temp.resolve("target")))
                .isEqualTo(-1);
    }

    /** The process with the small heap. */
    static final class Moving {

        private Moving() {}

        public static void main(String[] args) throws Exception {
            Path home = Path.of(args[0]);
            int megabytes = Integer.parseInt(args[1]);
            Path source = home.resolve("source");
            byte[] block = new byte[1 << 20];
            Random random = new Random(1);
            try (OutputStream out = Files.newOutputStream(source)) {
                for (int i = 0; i < megabytes; i++) {
                    random.nextBytes(block);
                    out.write(block);
                }
            }
            measured("plain copy + SHA-256", megabytes, () -> copy(source, home.resolve("copy")));
            Files.delete(home.resolve("copy"));
            AtomicBoolean over = new AtomicBoolean();
            AtomicLong peak = new AtomicLong();
            Thread watching = new Thread(() -> watch(over, peak));
            watching.setDaemon(true);
            watching.start();
            try (ObjectWorld world = new ObjectWorld(home, Duration.ofSeconds(60), 8L << 20)) {
                ObjectStore objects = world.memory.objects();
                measured("upload", megabytes, () -> objects.upload("large", source, done -> {}));
                measured("to the far tier", megabytes, () -> objects.flush(Duration.ofMinutes(10)));
                measured("download", megabytes, () -> objects.download("large", home.resolve("target"), done -> {}));
            }
            over.set(true);
            watching.join();
            System.out.println("heap peak " + (peak.get() >> 20) + " MiB");
        }

        private static void watch(AtomicBoolean over, AtomicLong peak) {
            while (!over.get()) {
                peak.accumulateAndGet(
                        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(), Math::max);
                java.util.concurrent.locks.LockSupport.parkNanos(2_000_000);
            }
        }

        private interface Step {
            Object run() throws Exception;
        }

        private static void measured(String what, int megabytes, Step step) throws Exception {
            OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            long cpu = system.getProcessCpuTime();
            long began = System.nanoTime();
            Object result = step.run();
            double seconds = (System.nanoTime() - began) / 1e9;
            System.out.printf(
                    "%s: %.0f MiB/s, %.2f s of CPU (%s)%n",
                    what,
                    megabytes / seconds,
                    (system.getProcessCpuTime() - cpu) / 1e9,
                    result == null ? "" : result.getClass().getSimpleName());
        }

        private static Object copy(Path from, Path to) throws Exception {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[128 << 10];
            try (InputStream in = Files.newInputStream(from);
                    java.io.FileOutputStream out = new java.io.FileOutputStream(to.toFile())) {
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    digest.update(buffer, 0, count);
                    out.write(buffer, 0, count);
                }
                out.getFD().sync();
            }
            return digest.digest();
        }
    }
}
