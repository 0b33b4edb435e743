package ai.primespark.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The files of a {@link LocalNut}. */
final class NutFiles {

    private NutFiles() {}

    /** Where the certificate is, once made. */
    static Path certificate(Path directory) {
        return directory.resolve("etc").resolve("ca.pem");
    }

    /** Writes what the server and its driver read. */
    static void configure(Path directory, int port, boolean tls) throws IOException {
        Path etc = directory.resolve("etc");
        Files.write(
                etc.resolve("ups.conf"),
                List.of(
                        "maxretry = 3",
                        "pollinterval = 1",
                        "[" + LocalNut.UPS + "]",
                        "driver = dummy-ups",
                        "mode = dummy-once",
                        "port = " + etc.resolve("test.dev"),
                        "desc = \"Rack \\\"A\\\" \\\\ UPS \\#1\"",
                        "[" + LocalNut.GHOST + "]",
                        "driver = dummy-ups",
                        "port = " + etc.resolve("ghost.dev")));
        List<String> upsd = new ArrayList<>(List.of(
                "STATEPATH " + directory.resolve("run"), "LISTEN " + LocalNut.LOOPBACK + " " + port, "MAXAGE 3"));
        if (tls) {
            upsd.addAll(List.of(
                    "CERTPATH " + etc.resolve("nss"),
                    "CERTIDENT \"upsd\" \"testpass1\"",
                    "CERTREQUEST 0",
                    "DISABLE_WEAK_SSL true"));
        }
        Files.write(etc.resolve("upsd.conf"), upsd);
        Files.write(
                etc.resolve("upsd.users"),
                List.of(
                        "[" + LocalNut.SECONDARY + "]",
                        "password = " + LocalNut.SECONDARY,
                        "upsmon secondary",
                        "[" + LocalNut.PRIMARY + "]",
                        "password = " + LocalNut.PRIMARY,
                        "upsmon primary"));
    }

    /** Makes a certificate for these names in the form of certutil's {@code --extSAN}, which signs itself. */
    static void certify(Path directory, String certutil, String names) throws IOException {
        Path etc = directory.resolve("etc");
        Path nss = Files.createDirectories(etc.resolve("nss"));
        Path password = Files.writeString(etc.resolve("nss-password"), "testpass1\n");
        byte[] noise = new byte[512];
        new java.security.SecureRandom().nextBytes(noise);
        Path seed = Files.write(etc.resolve("noise"), noise);
        String db = nss.toString();
        run(List.of(certutil, "-N", "-d", db, "-f", password.toString()), null);
        run(
                List.of(
                        certutil,
                        "-S",
                        "-d",
                        db,
                        "-f",
                        password.toString(),
                        "-z",
                        seed.toString(),
                        "-n",
                        "upsd",
                        "-s",
                        "CN=upsd",
                        "--extSAN",
                        names,
                        "-x",
                        "-t",
                        "CT,C,C",
                        "-v",
                        "12"),
                null);
        run(List.of(certutil, "-L", "-d", db, "-n", "upsd", "-a"), certificate(directory));
    }

    /** Runs a program to its end. */
    static void run(List<String> command, @Nullable Path output) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        Process process = builder.redirectOutput(
                        output == null ? ProcessBuilder.Redirect.DISCARD : ProcessBuilder.Redirect.to(output.toFile()))
                .start();
        if (!LocalNut.ended(process) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IllegalStateException(command + " failed");
        }
    }
}
