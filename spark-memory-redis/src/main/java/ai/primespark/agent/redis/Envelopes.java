package ai.primespark.agent.redis;

import ai.primespark.agent.PowerNeeds;
import ai.primespark.agent.Priority;
import ai.primespark.agent.Requirements;
import ai.primespark.agent.RetryPolicy;
import ai.primespark.agent.TaskRequest;
import ai.primespark.spi.TaskEnvelope;
import ai.primespark.spi.TaskLane;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Tasks and lanes in bytes. The first byte is the format's number; a number that is not known is refused, so that an older program
 * does not misread a newer one's tasks.
 */
final class Envelopes {

    private static final int FORMAT = 1;

    private Envelopes() {}

    /** A task that another program may understand, and this one does not. */
    static final class Newer extends IllegalStateException {

        private static final long serialVersionUID = 1L;

        Newer(String message) {
            super(message);
        }
    }

    static byte[] encode(TaskEnvelope task) {
        TaskRequest request = task.request();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(128 + task.payload().length);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(FORMAT);
            out.writeUTF(task.encoding());
            out.writeUTF(request.type());
            out.writeUTF(request.priority().name());
            out.writeUTF(request.requirements().signature());
            instant(out, request.notBefore().orElse(null));
            instant(out, request.deadline().orElse(null));
            RetryPolicy retry = request.retry();
            out.writeInt(retry.maxFailures());
            out.writeInt(retry.maxLosses());
            duration(out, retry.base());
            duration(out, retry.cap());
            out.writeDouble(retry.jitter());
            out.writeUTF(request.idempotencyKey().orElse(""));
            duration(out, request.retention());
            out.writeInt(request.after().size());
            for (String id : request.after()) {
                out.writeUTF(id);
            }
            PowerNeeds power = request.power();
            out.writeBoolean(power.onBattery());
            out.writeBoolean(power.interruptible());
            out.writeDouble(power.expectedJoules().orElse(-1));
            out.writeUTF(request.preferred().orElse(""));
            out.writeUTF(request.submitter());
            duration(out, request.maxRuntime().orElse(Duration.ZERO));
            out.write(task.payload());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * Reads a task.
     *
     * @throws Newer when its format is not known here
     * @throws IllegalStateException when it cannot be read by anybody
     */
    static TaskEnvelope decode(String id, byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int format = in.readUnsignedByte();
            if (format != FORMAT) {
                throw new Newer("task " + id + " was written by a newer program (format " + format
                        + "); use the same version of Prime Spark on all machines of a queue");
            }
            String encoding = in.readUTF();
            String type = in.readUTF();
            Priority priority = Priority.valueOf(in.readUTF());
            Requirements requirements = Requirements.parse(in.readUTF());
            Instant notBefore = instant(in);
            Instant deadline = instant(in);
            RetryPolicy retry = RetryPolicy.DEFAULT
                    .withMaxFailures(in.readInt())
                    .withMaxLosses(in.readInt())
                    .withBackoff(duration(in), duration(in))
                    .withJitter(in.readDouble());
            String key = in.readUTF();
            Duration retention = duration(in);
            int predecessors = in.readInt();
            if (predecessors < 0 || predecessors > in.available()) {
                throw new IOException("it runs after " + predecessors + " tasks");
            }
            String[] after = new String[predecessors];
            for (int i = 0; i < after.length; i++) {
                after[i] = in.readUTF();
            }
            boolean onBattery = in.readBoolean();
            boolean interruptible = in.readBoolean();
            double joules = in.readDouble();
            String preferred = in.readUTF();
            String submitter = in.readUTF();
            Duration maxRuntime = duration(in);
            TaskRequest.Builder request = TaskRequest.of(type, in.readAllBytes())
                    .priority(priority)
                    .requires(requirements)
                    .retry(retry)
                    .retention(retention)
                    .after(after)
                    .power(new PowerNeeds(onBattery, interruptible, joules < 0 ? null : joules));
            if (notBefore != null) {
                request.notBefore(notBefore);
            }
            if (deadline != null) {
                request.deadline(deadline);
            }
            if (!key.isEmpty()) {
                request.idempotencyKey(key);
            }
            if (!preferred.isEmpty()) {
                request.prefer(preferred);
            }
            if (!submitter.isEmpty()) {
                request.submitter(submitter);
            }
            if (!maxRuntime.isZero()) {
                request.maxRuntime(maxRuntime);
            }
            return new TaskEnvelope(id, request.build(), encoding);
        } catch (Newer e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new IllegalStateException("task " + id + " is damaged in the queue", e);
        }
    }

    private static void instant(DataOutputStream out, @Nullable Instant value) throws IOException {
        out.writeBoolean(value != null);
        if (value != null) {
            out.writeLong(value.getEpochSecond());
            out.writeInt(value.getNano());
        }
    }

    private static @Nullable Instant instant(DataInputStream in) throws IOException {
        return in.readBoolean() ? Instant.ofEpochSecond(in.readLong(), in.readInt()) : null;
    }

    private static void duration(DataOutputStream out, Duration value) throws IOException {
        out.writeLong(value.getSeconds());
        out.writeInt(value.getNano());
    }

    private static Duration duration(DataInputStream in) throws IOException {
        return Duration.ofSeconds(in.readLong(), in.readInt());
    }

    /** A lane in text; no part of one holds a line break. */
    static String laneText(TaskLane lane) {
        return String.join(
                "\n",
                lane.type(),
                lane.requirements(),
                lane.priority().name(),
                lane.onBattery() ? "1" : "0",
                lane.preferred());
    }

    static TaskLane lane(String text) {
        String[] parts = text.split("\n", -1);
        return new TaskLane(parts[0], parts[1], Priority.valueOf(parts[2]), parts[3].equals("1"), parts[4]);
    }

    /** A short name of a lane for keys: 96 bits of a digest. */
    static String laneId(TaskLane lane) {
        return digest(laneText(lane).getBytes(StandardCharsets.UTF_8)).substring(0, 16);
    }

    /** 43 characters of {@code [A-Za-z0-9_-]}. */
    static String digest(byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (byte[] part : parts) {
                digest.update(part);
            }
            return Base64.getUrlEncoder().withoutPadding().encodeToString(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
