package ai.primespark.benchmarks.agents;

import ai.primespark.benchmarks.Table;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/** A13: what the agents' classes weigh, compressed as in a jar. */
final class Footprint {

    private Footprint() {}

    static Table run() throws IOException {
        Table table = new Table("Footprint", "KB", "Goal", "");
        double kilobytes = 0;
        String path = System.getProperty("java.class.path");
        try (java.util.jar.JarFile jar = new java.util.jar.JarFile(path.split(java.io.File.pathSeparator, -1)[0])) {
            var entries = jar.entries();
            while (entries.hasMoreElements()) {
                var entry = entries.nextElement();
                if (entry.getName().matches("ai/primespark/(core/agent|agent)/.*\\.class")) {
                    try (InputStream in = Objects.requireNonNull(jar.getInputStream(entry))) {
                        kilobytes += deflated(in.readAllBytes()) / 1024.0;
                    }
                }
            }
        }
        table.row(
                "classes of agents in spark-api, spark-core and the Redis queue",
                Table.number(kilobytes),
                "≤ 120",
                Table.reached(kilobytes <= 120));
        return table;
    }

    private static int deflated(byte[] content) throws IOException {
        var bytes = new java.io.ByteArrayOutputStream();
        try (DeflaterOutputStream out =
                new DeflaterOutputStream(bytes, new Deflater(Deflater.DEFAULT_COMPRESSION, true))) {
            out.write(content);
        }
        return bytes.size();
    }
}
