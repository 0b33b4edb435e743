package ai.primespark.spi.http;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.function.IntUnaryOperator;

/** Gives bytes to a body in pieces, when asked. */
final class Pieces implements Flow.Subscription {

    private final byte[] bytes;
    private final IntUnaryOperator size;
    private final BodyStream body = new BodyStream(Duration.ofSeconds(20));
    private int given;
    private boolean cancelled;

    private Pieces(byte[] bytes, IntUnaryOperator size) {
        this.bytes = bytes;
        this.size = size;
        body.onSubscribe(this);
    }

    /** The size of each piece is told by where it begins. */
    static Pieces of(byte[] bytes, IntUnaryOperator size) {
        return new Pieces(bytes, size);
    }

    /** Two pieces. */
    static BodyStream cutAt(int cut, byte[] bytes) {
        return of(bytes, from -> from < cut ? cut - from : bytes.length).body;
    }

    static BodyStream byteByByte(byte[] bytes) {
        return of(bytes, from -> 1).body;
    }

    BodyStream body() {
        return body;
    }

    int given() {
        return given;
    }

    boolean cancelled() {
        return cancelled;
    }

    @Override
    public void request(long n) {
        if (cancelled) {
            return;
        }
        if (given == bytes.length) {
            body.onComplete();
            return;
        }
        int from = given;
        int count = Math.min(bytes.length - from, Math.max(1, size.applyAsInt(from)));
        given += count;
        body.onNext(List.of(ByteBuffer.wrap(bytes, from, count)));
    }

    @Override
    public void cancel() {
        cancelled = true;
    }
}
