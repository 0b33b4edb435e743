package ai.primespark.agent.redis;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The programs that run in the server, each atomically and in one round trip. They stand beside this class as {@code .lua}; all
 * begin with what {@code common.lua} holds. Immutable.
 */
final class QueueScript {

    static final QueueScript SUBMIT = of("submit");
    static final QueueScript CLAIM = of("claim");
    static final QueueScript BEAT = of("beat");
    static final QueueScript SAVE = of("save");
    static final QueueScript COMPLETE = of("complete");
    static final QueueScript CANCEL = of("cancel");
    static final QueueScript LIST = of("list");
    static final QueueScript REVIVE = of("revive");
    static final QueueScript HEARTBEAT = of("heartbeat");
    static final QueueScript PAUSE = of("pause");
    static final QueueScript STATS = of("stats");
    static final QueueScript SWEEP = of("sweep");
    static final QueueScript REPAIR = of("repair");
    static final QueueScript REMARK = of("remark");
    static final QueueScript POKE = of("poke");

    /** The file's name without its ending. */
    final String name;

    /** The whole source. */
    final byte[] source;

    /** By what EVALSHA names it. */
    final byte[] sha;

    QueueScript(String name, byte[] source) {
        this.name = name;
        this.source = source;
        try {
            this.sha = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(source))
                    .getBytes(StandardCharsets.US_ASCII);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }

    private static QueueScript of(String name) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(read("common"));
        all.writeBytes(read(name));
        return new QueueScript(name, all.toByteArray());
    }

    private static byte[] read(String file) {
        try (InputStream in = QueueScript.class.getResourceAsStream(file + ".lua")) {
            if (in == null) {
                throw new IllegalStateException(file + ".lua is missing beside " + QueueScript.class.getName());
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
