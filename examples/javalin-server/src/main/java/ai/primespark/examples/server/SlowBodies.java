package ai.primespark.examples.server;

import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Cuts off bodies that come slower than a rate. Everybody may take as long as a connection may be idle, whatever the rate is until then;
 * Jetty's own handler for this judges the first bytes already, and so a client whose first packet is small.
 */
final class SlowBodies extends Handler.Wrapper {

    private final long bytesPerSecond;
    private final long patience;

    SlowBodies(ServerSettings.Limits limits) {
        bytesPerSecond = limits.uploadRate();
        patience = limits.idle().toNanos();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        return super.handle(new Measured(request), response, callback);
    }

    /** Measures from when the body is first asked for, so that a handler that takes its time is not the client's fault. */
    private final class Measured extends Request.Wrapper {

        private long begun;
        private long bytes;
        private volatile Content.@Nullable Chunk failure;

        Measured(Request request) {
            super(request);
        }

        @Override
        public void demand(Runnable arrived) {
            if (begun == 0) {
                begun = System.nanoTime() | 1; // never 0
            }
            long elapsed = System.nanoTime() - begun;
            if (elapsed > patience && bytes * 1e9 / elapsed < bytesPerSecond) {
                failure = Content.Chunk.from(new TimeoutException("the body comes too slowly"));
                arrived.run();
            } else {
                super.demand(arrived);
            }
        }

        @Override
        public Content.Chunk read() {
            Content.Chunk failed = failure;
            if (failed != null) {
                return failed;
            }
            Content.Chunk chunk = super.read();
            if (chunk != null) {
                bytes += chunk.remaining();
            }
            return chunk;
        }
    }
}
