package ai.primespark.memory.s3;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import io.minio.GetObjectResponse;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A part of a chunk, read as the server sends it. When the connection breaks, the rest is asked for again, a few times, and only
 * of the very object of the beginning. A server that says nothing for the read timeout counts as broken. Not thread-safe, but
 * {@link #close()} may come from any thread.
 */
final class S3BlobStream extends InputStream {

    private static final int RECONNECTS = 3;

    private final S3Client client;
    private final S3Work work;
    private final S3Faults faults;
    private final String object;
    private final String etag;
    private final long end;
    private final Duration patience;
    private long position;
    private int reconnects;
    private S3Scope scope;
    private volatile @Nullable GetObjectResponse response;
    private volatile boolean closed;

    /** What a stream needs to ask again. */
    record Source(S3Client client, S3Work work, S3Faults faults, Duration patience) {}

    S3BlobStream(Source source, String object, GetObjectResponse response, S3Scope scope, long offset, long length) {
        this.client = source.client();
        this.work = source.work();
        this.faults = source.faults();
        this.patience = source.patience();
        this.object = object;
        this.etag = S3Client.etag(response);
        this.response = response;
        this.scope = scope;
        this.position = offset;
        this.end = offset + length;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        while (position < end) {
            if (closed) {
                throw new IOException("the stream is closed");
            }
            try {
                GetObjectResponse now = response;
                int count = now == null ? -1 : now.read(bytes, offset, (int) Math.min(length, end - position));
                if (count > 0) {
                    position += count;
                    if (position == end) {
                        finish();
                    }
                    return count;
                }
                reconnect(S3Error.of(new IOException("the answer ended before its time")));
            } catch (IOException e) {
                reconnect(S3Error.of(e));
            }
        }
        return -1;
    }

    private void reconnect(S3Error reason) throws IOException {
        S3Error last = reason;
        release();
        while (!closed && !work.isClosed() && reconnects < RECONNECTS) {
            reconnects++;
            S3Scope next = new S3Scope(Deadline.in(patience));
            if (!work.keep(next)) {
                break;
            }
            scope = next;
            try (S3Scope.Entered entered = next.enter()) {
                if (reconnects > 1) {
                    next.pause(S3Client.STEP_NANOS, reconnects, last);
                }
                response = next.await(client.getAsync(object, position, end - position, etag));
                return;
            } catch (S3Error e) {
                work.release(next);
                last = e;
                if (e.status() > 0 && !e.isPassing()) {
                    break; // gone, or replaced by another object
                }
            }
        }
        TierException failure = work.isClosed() ? work.ended() : faults.of(last);
        throw new IOException(failure.getMessage(), failure);
    }

    private void release() {
        GetObjectResponse last = response;
        response = null;
        scope.cancel(); // else closing would read the rest of the answer
        work.release(scope);
        if (last != null) {
            try {
                last.close();
            } catch (IOException e) {
                // it is broken or cancelled
            }
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            if (position < end) {
                release();
            } else {
                finish();
            }
        }
    }

    /** Everything was read: the connection can be used again. */
    private void finish() {
        GetObjectResponse last = response;
        response = null;
        if (last != null) {
            try {
                last.close();
            } catch (IOException e) {
                // everything wanted has been read
            }
        }
        work.release(scope);
    }
}
