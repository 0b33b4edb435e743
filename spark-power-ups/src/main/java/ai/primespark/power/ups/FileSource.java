package ai.primespark.power.ups;

import ai.primespark.power.PowerReading;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.ProviderContext;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/** Reads a file of variables; it may lie on a mount that hangs. */
final class FileSource extends BaseSource {

    /** The largest text that is read. */
    static final int MAX_BYTES = 64 << 10;

    private final Path path;
    private final Duration staleAfter;
    private final HangableWork work;

    FileSource(ProviderContext context) {
        super(context, "file", context.settings().get(FileSourceProvider.PATH).toString());
        this.path = context.settings().get(FileSourceProvider.PATH);
        this.staleAfter = context.settings().get(FileSourceProvider.STALE_AFTER);
        this.work = new HangableWork(name() + ": reading it", context.blocking());
    }

    private record Content(String text, Instant written) {}

    @Override
    PowerReading readNow(Deadline deadline) throws IOException {
        Content content = work.run(this::content, deadline);
        Instant now = context().clock().instant();
        PowerReading reading = UpsVariables.reading(
                context().id(),
                now,
                UpsFormat.parse(content.text()),
                CommonSettings.capacity(context().settings()));
        // a time in the future is a clock that was set, not an old file
        return content.written().plus(staleAfter).isBefore(now)
                ? reading.withQuality(PowerReading.Quality.STALE)
                : reading;
    }

    private Content content() throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            Instant written = Files.getLastModifiedTime(path).toInstant();
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IOException("it has more than " + MAX_BYTES + " bytes");
            }
            return new Content(new String(bytes, StandardCharsets.UTF_8), written);
        } catch (NoSuchFileException e) {
            throw failure("cannot be read: there is no such file yet", true, e);
        } catch (AccessDeniedException e) {
            throw failure("cannot be read: this process has no right to; check the file's permissions", false, e);
        }
    }

    @Override
    void release() {}
}
