package ai.primespark.spi.http;

import ai.primespark.Secret;
import ai.primespark.Zone;
import ai.primespark.spi.ProviderContext;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Requests to one server over one HTTP/1.1 client. Cancelling a future that this gives closes the request's connection, before as
 * well as after the headers. Redirects are not followed, because they could lead a private request anywhere. Thread-safe.
 */
public final class HttpLink implements AutoCloseable {

    /**
     * Threads that move bytes between sockets and readers. They are the client's own: on Java 17 the engine's pool is bounded,
     * and readers that wait in all of its threads would wait for each other's bytes for ever.
     */
    private static final int THREADS = 4;

    private static final int IDLE_SECONDS = 1;

    /** How long a request waits for the connection of an answer whose last bytes are on their way. */
    private static final long RETURN_NANOS = Duration.ofMillis(2).toNanos();

    private final String threadName;
    private final ScheduledExecutorService scheduler;
    private final String base;
    private final boolean direct;
    private final Map<String, Secret> headers;
    private final ConnectWatch connecting;
    private volatile CompletableFuture<?> returning = CompletableFuture.completedFuture(null);
    private @Nullable HttpClient client; // guarded by this
    private boolean closed; // guarded by this

    /**
     * Makes a link; connects to nothing and starts nothing.
     *
     * @param context for the timer, and the instance's id in names of threads
     * @param type the provider's name, for names of threads
     * @param base the server's address; paths of requests are put behind it
     * @param zone how far it is to the server: at the edge the link goes through no proxy, because that would be somebody else's
     * @param headers sent with every request; kept as secrets because credentials are among them
     * @throws IllegalArgumentException when a header is none that a client may set, without its value
     */
    public HttpLink(ProviderContext context, String type, URI base, Zone zone, Map<String, Secret> headers) {
        this.threadName = "spark-" + type + "-" + context.id() + "-";
        this.scheduler = context.scheduler();
        String text = base.toString();
        this.base = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        this.direct = zone == Zone.EDGE;
        this.headers = Map.copyOf(headers);
        this.connecting = new ConnectWatch(scheduler);
        this.headers.forEach(HttpLink::check);
    }

    private static void check(String name, Secret value) {
        try {
            HttpRequest.newBuilder().header(name, value.reveal());
        } catch (IllegalArgumentException e) { // its message holds the value
            throw new IllegalArgumentException(
                    "the header '" + name + "' cannot be sent: its name or its value is not allowed");
        }
    }

    /**
     * The server's address.
     *
     * @return without a slash at its end
     */
    public String base() {
        return base;
    }

    /**
     * A whole answer.
     *
     * @param status the HTTP status
     * @param headers its headers
     * @param body all of it
     */
    public record Reply(int status, HttpHeaders headers, byte[] body) {}

    /**
     * How long the parts of a request may take. When one is over, the future fails with {@link HttpConnectTimeoutException} or
     * with another {@link HttpTimeoutException}.
     *
     * @param connect until the connection stands
     * @param complete until the future is complete
     */
    public record Limits(Duration connect, Duration complete) {

        /**
         * One limit for all.
         *
         * @param both until the future is complete
         * @return the limits
         */
        public static Limits of(Duration both) {
            return new Limits(both, both);
        }
    }

    /**
     * Posts JSON and gets the answer as it arrives. Whoever gets it closes or releases its body.
     *
     * @param path put behind the address
     * @param json the body
     * @param limits of which the second is for the headers
     * @param silence how long the body may be silent
     * @return complete with the headers
     */
    public CompletableFuture<HttpResponse<BodyStream>> stream(
            String path, byte[] json, Limits limits, Duration silence) {
        Sending<BodyStream> sending = new Sending<>();
        send("POST", path, json, limits, sending, request -> info -> {
            var unused = info.headers()
                    .firstValueAsLong("Content-Length"); // the client finds out later that it is no number
            BodyStream body = new BodyStream(silence, over -> returning = over);
            if (!sending.begun(new Begun(request, info, body))) {
                body.close();
            }
            return body;
        });
        return sending.result;
    }

    /**
     * Asks for a whole answer.
     *
     * @param path put behind the address
     * @param limits of which the second is for the whole body
     * @param mostBytes a longer body is a failure
     * @return complete with the last byte
     */
    public CompletableFuture<Reply> get(String path, Limits limits, int mostBytes) {
        return whole("GET", path, new byte[0], limits, mostBytes);
    }

    /**
     * Posts JSON and gets a whole answer.
     *
     * @param path put behind the address
     * @param json the body
     * @param limits of which the second is for the whole body
     * @param mostBytes a longer body is a failure
     * @return complete with the last byte
     */
    public CompletableFuture<Reply> post(String path, byte[] json, Limits limits, int mostBytes) {
        return whole("POST", path, json, limits, mostBytes);
    }

    private CompletableFuture<Reply> whole(String method, String path, byte[] json, Limits limits, int mostBytes) {
        Sending<byte[]> sending = new Sending<>();
        send(method, path, json, limits, sending, request -> info -> new BodyBytes(mostBytes));
        return Futures.map(
                sending.result, response -> new Reply(response.statusCode(), response.headers(), response.body()));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // failures come out of the result
    private <T> void send(
            String method,
            String path,
            byte[] json,
            Limits limits,
            Sending<T> sending,
            Function<HttpRequest, HttpResponse.BodyHandler<T>> handler) {
        CompletableFuture<HttpResponse<T>> result = sending.result;
        try {
            Body body = new Body(json, connecting.watch(result, limits.connect()));
            Future<?> completing = scheduler.schedule(
                    () -> result.completeExceptionally(new HttpTimeoutException("no complete answer")),
                    limits.complete().toNanos(),
                    TimeUnit.NANOSECONDS);
            result.whenComplete((response, failure) -> completing.cancel(false));
            HttpRequest request = request(method, path, body);
            whenReturned(() -> begin(request, sending, handler.apply(request)));
        } catch (RuntimeException e) { // closed, or the engine's scheduler is
            result.completeExceptionally(e);
        }
    }

    private <T> void begin(HttpRequest request, Sending<T> sending, HttpResponse.BodyHandler<T> handler) {
        try {
            if (!sending.result.isDone()) {
                sending.sent(client().sendAsync(request, handler));
            }
        } catch (IOException | RuntimeException e) {
            sending.result.completeExceptionally(e);
        }
    }

    /**
     * Does something once the connection of the answer that ended last can be used again, which is at once or in a moment: without
     * that, calls one after the other would now and then open one more connection.
     */
    @SuppressWarnings("FutureReturnValueIgnored") // what is done does not fail
    private void whenReturned(Runnable action) {
        CompletableFuture<?> last = returning;
        if (last.isDone()) {
            action.run();
            return;
        }
        AtomicBoolean done = new AtomicBoolean();
        Runnable once = () -> {
            if (done.compareAndSet(false, true)) {
                action.run();
            }
        };
        scheduler.schedule(once, RETURN_NANOS, TimeUnit.NANOSECONDS);
        last.whenComplete((nothing, failure) -> once.run());
    }

    /**
     * A request on its way. When its headers come, its result is complete at once, and so is the client's own future. Otherwise the
     * client completes that on the JDK's common pool, which on a machine of one or two cores is a new thread for every answer.
     */
    private static final class Sending<T> {

        private final CompletableFuture<HttpResponse<T>> result = new CompletableFuture<>();
        private final AtomicReference<@Nullable CompletableFuture<HttpResponse<T>>> clients = new AtomicReference<>();

        /** Gives false when nobody wants the answer any more. */
        boolean begun(HttpResponse<T> response) {
            boolean wanted = result.complete(response);
            CompletableFuture<HttpResponse<T>> sent = clients.get();
            if (wanted && sent != null) {
                sent.complete(response);
            }
            return wanted;
        }

        @SuppressWarnings("FutureReturnValueIgnored") // failures come out of the result
        void sent(CompletableFuture<HttpResponse<T>> sent) {
            sent.whenComplete((response, failure) -> {
                if (failure != null) {
                    result.completeExceptionally(Futures.bare(failure));
                } else {
                    result.complete(response); // if that comes too late, all of the body is here, or it was closed
                }
            });
            clients.set(sent);
            Futures.cancelWith(result, sent);
        }
    }

    /** An answer of which the headers are there. */
    private record Begun(HttpRequest request, HttpResponse.ResponseInfo info, BodyStream body)
            implements HttpResponse<BodyStream> {

        @Override
        public int statusCode() {
            return info.statusCode();
        }

        @Override
        public Optional<HttpResponse<BodyStream>> previousResponse() {
            return Optional.empty(); // redirects are not followed
        }

        @Override
        public HttpHeaders headers() {
            return info.headers();
        }

        @Override
        public Optional<SSLSession> sslSession() {
            return Optional.empty();
        }

        @Override
        public URI uri() {
            return request.uri();
        }

        @Override
        public HttpClient.Version version() {
            return info.version();
        }

        @Override
        public String toString() { // without the headers, among which may be a secret
            return "HttpResponse[" + statusCode() + "]";
        }
    }

    private HttpRequest request(String method, String path, Body body) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).method(method, body);
        if (!method.equals("GET")) {
            request.header("Content-Type", "application/json");
        }
        headers.forEach((name, value) -> request.header(name, value.reveal()));
        return request.build();
    }

    /** Made when first needed, because it starts a thread. */
    private synchronized HttpClient client() throws IOException {
        if (closed) {
            throw new IOException("the backend is closed");
        }
        if (client == null) {
            HttpClient.Builder builder = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .executor(movers());
            if (direct) {
                builder.proxy(
                        HttpClient.Builder.NO_PROXY); // the way to a machine at the edge leads through nobody else's
            }
            client = builder.build();
        }
        return client;
    }

    private ExecutorService movers() {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                THREADS, THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, threadName + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true); // so it needs no shutdown, which would strand tasks of the client
        return pool;
    }

    /** Refuses further requests. Java 17 has no way to end a client, which ends when it is collected; newer ones have. */
    @Override
    public void close() {
        HttpClient ended;
        synchronized (this) {
            closed = true;
            ended = client;
            client = null;
        }
        if (ended != null && Runtime.version().feature() >= 21) {
            try {
                HttpClient.class.getMethod("shutdownNow").invoke(ended);
            } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
                throw new IllegalStateException("cannot end the HTTP client", e);
            }
        }
    }

    /**
     * A request's body. The client asks for its length when it writes the headers, which is when the connection stands; it tells
     * that in no other way.
     */
    private static final class Body implements HttpRequest.BodyPublisher {

        private final HttpRequest.BodyPublisher bytes;
        private final ConnectWatch.Waiting waiting;

        Body(byte[] bytes, ConnectWatch.Waiting waiting) {
            this.waiting = waiting;
            this.bytes = bytes.length == 0
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(bytes);
        }

        @Override
        public long contentLength() {
            waiting.connected();
            return bytes.contentLength();
        }

        @Override
        public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
            bytes.subscribe(subscriber);
        }
    }
}
