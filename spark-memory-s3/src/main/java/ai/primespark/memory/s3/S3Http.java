package ai.primespark.memory.s3;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.ConnectionPool;
import okhttp3.ConnectionSpec;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;

/** Makes the tier's own HTTP client: bounded, without retries of its own, gone when it is closed. */
final class S3Http {

    private static final long IDLE_SECONDS = 20;

    private S3Http() {}

    static OkHttpClient open(S3Options options) throws IOException {
        AtomicInteger count = new AtomicInteger();
        // the queue only bridges the moment between the end of a call and the return of its thread: the dispatcher
        // bounds it
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                options.maxConnections(),
                options.maxConnections(),
                5,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> {
                    Thread thread = new Thread(task, "spark-s3-" + options.id() + "-" + count.getAndIncrement());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        Dispatcher dispatcher = new Dispatcher(threads);
        dispatcher.setMaxRequests(options.maxConnections());
        dispatcher.setMaxRequestsPerHost(options.maxConnections());
        OkHttpClient.Builder builder = new OkHttpClient.Builder()
                .dispatcher(dispatcher)
                .connectionPool(new ConnectionPool(options.maxConnections(), IDLE_SECONDS, TimeUnit.SECONDS))
                .connectTimeout(options.connectTimeout())
                .readTimeout(options.readTimeout())
                .writeTimeout(options.writeTimeout())
                .retryOnConnectionFailure(false) // a write that went out twice unseen would break the law
                .followRedirects(false) // a signature is good for one host only
                .followSslRedirects(false)
                .protocols(List.of(Protocol.HTTP_1_1))
                .eventListenerFactory(S3Scope::listen);
        Path caFile = options.caFile();
        if ("http".equalsIgnoreCase(options.endpoint().getScheme())) {
            builder.connectionSpecs(List.of(ConnectionSpec.CLEARTEXT)); // else it loads all the platform's certificates
        } else if (caFile != null) {
            trust(builder, caFile);
        }
        return builder.build();
    }

    private static void trust(OkHttpClient.Builder builder, Path caFile) throws IOException {
        try (InputStream in = Files.newInputStream(caFile)) {
            Collection<? extends Certificate> certificates =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (certificates.isEmpty()) {
                throw new IOException("ca-file " + caFile + " holds no certificate");
            }
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (Certificate certificate : certificates) {
                store.setCertificateEntry("ca-" + number++, certificate);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            X509TrustManager manager = (X509TrustManager) factory.getTrustManagers()[0];
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new X509TrustManager[] {manager}, null);
            builder.sslSocketFactory(context.getSocketFactory(), manager);
        } catch (GeneralSecurityException e) {
            throw new IOException("ca-file " + caFile + " is not a PEM file with certificates: " + e.getMessage(), e);
        }
    }

    static void close(OkHttpClient client) {
        client.dispatcher().cancelAll();
        client.dispatcher().executorService().shutdown();
        client.connectionPool().evictAll();
    }
}
