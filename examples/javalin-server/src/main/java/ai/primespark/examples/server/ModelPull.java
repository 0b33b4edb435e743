package ai.primespark.examples.server;

import ai.primespark.llm.ModelManager;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Fetching a model, as Server-Sent Events. A thread of its own fetches and the request's thread writes, so that a client which
 * leaves is noticed, and the fetching ends, also while the backend is silent.
 */
final class ModelPull {

    /** How many are fetched at once. */
    static final int AT_ONCE = 4;

    private static final int WINDOW = 16;

    /** The end of a pull that went well. */
    private static final Object DONE = new Object();

    private final BlockingQueue<Object> signals = new ArrayBlockingQueue<>(WINDOW);
    private final ModelManager models;
    private final String model;

    private ModelPull(ModelManager models, String model) {
        this.models = models;
        this.model = model;
    }

    /**
     * Fetches a model.
     *
     * @param free {@link #AT_ONCE} permits, of the server
     */
    static void answer(Context ctx, ModelManager models, String model, Duration heartbeat, Semaphore free) {
        if (!free.tryAcquire()) {
            throw new Problem(
                            HttpStatus.SERVICE_UNAVAILABLE,
                            "too-many-pulls",
                            "as many models as this server allows are being fetched; try again when one is done")
                    .header("Retry-After", "60");
        }
        try {
            ModelPull pull = new ModelPull(models, model);
            Thread fetching = new Thread(pull::fetch, "model-pull");
            fetching.setDaemon(true);
            fetching.start();
            pull.write(new Sse(ctx), fetching, heartbeat);
        } finally {
            free.release();
        }
    }

    private void fetch() {
        try {
            models.pull(model, this::offer);
            signals.put(DONE);
        } catch (RuntimeException
                | Error failure) { // whatever it is, the client must not wait for an end that never comes
            try {
                signals.put(failure);
            } catch (InterruptedException e) {
                // nobody is left to tell
            }
        } catch (InterruptedException e) {
            // nobody is left to tell
        }
    }

    private void offer(ModelManager.Progress step) {
        try {
            signals.put(step);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("the client has left");
        }
    }

    private void write(Sse sse, Thread fetching, Duration heartbeat) {
        try {
            while (true) {
                Object signal = signals.poll(heartbeat.toMillis(), TimeUnit.MILLISECONDS);
                if (signal == null) {
                    sse.comment("still fetching");
                } else if (signal instanceof Throwable failure) {
                    sse.fail(failure);
                    return;
                } else if (signal == DONE) {
                    sse.event("done", Map.of("model", model));
                    return;
                } else {
                    sse.event("progress", signal);
                }
            }
        } catch (IOException e) {
            // the client has left
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            fetching.interrupt();
        }
    }
}
