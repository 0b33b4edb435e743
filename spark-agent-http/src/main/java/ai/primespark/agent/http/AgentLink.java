package ai.primespark.agent.http;

import ai.primespark.spi.http.BodyBytes;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Signed requests to one agent, with whole answers of bounded size. Redirects are not followed, because they could lead a task
 * anywhere. Cancelling a future closes the request's connection. Thread-safe.
 */
final class AgentLink {

    /** Threads that move bytes; nobody waits in them. */
    private static final int THREADS = 2;

    private final String base;
    private final Tokens tokens;
    private final int mostBytes;
    private final HttpClient client;

    /** What the link needs to know. */
    record Options(
            String name, URI url, boolean direct, Duration connectTimeout, int mostBytes, Optional<Path> authorities) {}

    /**
     * Makes a link; connects to nothing.
     *
     * @throws IOException when the file of authorities cannot be read
     * @throws IllegalArgumentException when it holds no certificates
     */
    AgentLink(Options options, Tokens tokens) throws IOException {
        String text = options.url().toString();
        this.base = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        this.tokens = tokens;
        this.mostBytes = options.mostBytes();
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(options.connectTimeout())
                .executor(movers(options.name()));
        if (options.direct()) {
            builder.proxy(HttpClient.Builder.NO_PROXY); // the way to a machine at the edge leads through nobody else's
        }
        if (options.authorities().isPresent()) {
            builder.sslContext(trusting(options.authorities().get()));
        }
        this.client = builder.build();
    }

    /** A whole answer. */
    record Reply(int status, HttpHeaders headers, byte[] body) {

        @Override
        public String toString() {
            return "Reply[" + status + "]";
        }
    }

    /**
     * Sends a request.
     *
     * @param method its method
     * @param path below the agent's address; may have a query, which is not signed
     * @param body empty for none
     * @param taskId what it is about; empty for none
     * @param headers further ones
     */
    CompletableFuture<Reply> send(String method, String path, byte[] body, String taskId, Map<String, String> headers) {
        int query = path.indexOf('?');
        String token = tokens.sign(taskId, method, query < 0 ? path : path.substring(0, query), body);
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .method(
                        method,
                        body.length == 0
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(body))
                .header("Authorization", "Bearer " + token)
                .header("Accept", "application/json");
        if (body.length > 0) {
            request.header("Content-Type", "application/json");
        }
        headers.forEach(request::header);
        CompletableFuture<HttpResponse<byte[]>> sent =
                client.sendAsync(request.build(), info -> new BodyBytes(mostBytes));
        CompletableFuture<Reply> reply = sent.thenApply(r -> new Reply(r.statusCode(), r.headers(), r.body()));
        var unused = reply.whenComplete((value, failure) -> {
            if (reply.isCancelled()) {
                sent.cancel(true);
            }
        });
        return reply;
    }

    private static ThreadPoolExecutor movers(String name) {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(THREADS, THREADS, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, name + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true); // so it needs no shutdown, which would strand tasks of the client
        return pool;
    }

    private static SSLContext trusting(Path authorities) throws IOException {
        try (InputStream in = Files.newInputStream(authorities)) {
            Collection<? extends Certificate> certificates =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (certificates.isEmpty()) {
                throw new IllegalArgumentException("ca-file: " + authorities + " holds no certificate");
            }
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (Certificate certificate : certificates) {
                store.setCertificateEntry("ca-" + number++, certificate);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "ca-file: " + authorities + " holds no certificates in PEM that can be read: " + e.getMessage(), e);
        }
    }
}
