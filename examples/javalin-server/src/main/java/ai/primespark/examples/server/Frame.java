package ai.primespark.examples.server;

import io.javalin.config.JavalinConfig;
import io.javalin.http.HttpStatus;
import java.nio.file.attribute.FileTime;
import java.security.KeyStore;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.CrossOriginHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What stands between the network and the routes: TLS, proxies, limits, CORS and the headers that browsers want. */
final class Frame {

    private static final Logger LOG = LoggerFactory.getLogger(Frame.class);

    private static final String METHOD_OVERRIDE = "X-HTTP-Method-Override";

    private final ServerSettings settings;
    private final Traffic traffic;
    private final SslContextFactory.Server tls;

    /**
     * Reads the files for TLS, if it is configured.
     *
     * @throws StartupException when they cannot be used
     */
    Frame(ServerSettings settings) throws StartupException {
        this.settings = settings;
        this.traffic = new Traffic(settings.limits(), settings.proxies());
        this.tls = new SslContextFactory.Server();
        if (settings.tls().isPresent()) {
            use(tls, keys(settings.tls().get()).read());
        }
    }

    Traffic traffic() {
        return traffic;
    }

    void applyTo(JavalinConfig config) {
        config.http.maxRequestSize = settings.limits().body();
        config.jetty.modifyHttpConfiguration(this::http);
        config.jetty.modifyServer(this::server);
        config.jetty.addConnector(this::connector);
    }

    private void http(HttpConfiguration http) {
        http.setRequestHeaderSize(settings.limits().headers());
        http.setSendServerVersion(false);
        // %uXXXX is no percent-encoding (RFC 3986, section 2.1); let in, it would only fail where a path is decoded
        http.setUriCompliance(
                http.getUriCompliance().without("without-utf16", UriCompliance.Violation.UTF16_ENCODINGS));
        http.addCustomizer(Frame::asItWasSent);
        if (!settings.proxies().isEmpty()) {
            http.addCustomizer(new Proxies(settings.proxies()));
        }
        settings.tls()
                .ifPresent(t -> http.addCustomizer(new SecureRequestCustomizer(
                        false, t.hsts().isZero() ? -1 : t.hsts().toSeconds(), false)));
    }

    /** Javalin would take a header's word for the method; filters, logs and proxies on the way go by the one that was sent. */
    private static Request asItWasSent(Request request, HttpFields.Mutable answer) {
        if (!request.getHeaders().contains(METHOD_OVERRIDE)) {
            return request;
        }
        HttpFields headers =
                HttpFields.build(request.getHeaders()).remove(METHOD_OVERRIDE).asImmutable();
        return new Request.Wrapper(request) {
            @Override
            public HttpFields getHeaders() {
                return headers;
            }
        };
    }

    /** The handler that is inserted last is asked first. */
    private void server(Server server) {
        server.setStopTimeout(settings.grace().toMillis());
        server.setErrorHandler(Frame::unreadable);
        server.insertHandler(new SlowBodies(settings.limits()));
        if (!settings.cors().origins().isEmpty()) {
            server.insertHandler(cors());
        }
        server.insertHandler(new SecurityHeaders());
        server.insertHandler(traffic);
        server.addEventListener(new LifeCycle.Listener() {
            @Override
            public void lifeCycleStarted(LifeCycle started) {
                traffic.sweepLater(server.getScheduler());
                settings.tls().map(Frame::keys).ifPresent(keys -> watch(server.getScheduler(), keys, keys.changed()));
            }
        });
    }

    private CrossOriginHandler cors() {
        CrossOriginHandler cors = new CrossOriginHandler();
        Set<String> origins = settings.cors().origins().stream()
                .map(origin -> origin.equals("*") ? "*" : Pattern.quote(origin))
                .collect(Collectors.toSet());
        cors.setAllowedOriginPatterns(origins);
        cors.setAllowedMethods(Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"));
        cors.setAllowedHeaders(Set.of("Authorization", "*")); // the star does not stand for the first one
        cors.setAllowCredentials(false); // tokens travel in a header that pages set themselves; there are no cookies
        cors.setExposedHeaders(Set.of(
                "X-Request-Id",
                "Retry-After",
                "ETag",
                "Location",
                "Content-Range",
                "Upload-Offset",
                "Upload-Length",
                "Tus-Resumable"));
        cors.setPreflightMaxAge(settings.cors().maxAge());
        return cors;
    }

    private Connector connector(Server server, HttpConfiguration http) {
        HttpConnectionFactory plain = new HttpConnectionFactory(http);
        ServerConnector connector = settings.tls().isEmpty()
                ? new ServerConnector(server, plain)
                : new ServerConnector(server, new SslConnectionFactory(tls, plain.getProtocol()), plain);
        connector.setHost(settings.host());
        connector.setPort(settings.port());
        connector.setIdleTimeout(settings.limits().idle().toMillis());
        // while it stops: idle connections, which browsers keep, must be gone before the patience with running requests
        // is
        connector.setShutdownIdleTimeout(
                Math.max(1, Math.min(1000, settings.grace().toMillis() / 2)));
        connector.addBean(traffic, false);
        server.addBean(new NetworkConnectionLimit(settings.limits().connections(), connector));
        return connector;
    }

    private static PemKeys keys(ServerSettings.Tls files) {
        return new PemKeys(files.certificate(), files.key());
    }

    private static void use(SslContextFactory factory, KeyStore store) {
        factory.setKeyStore(store);
        factory.setKeyStorePassword(PemKeys.PASSWORD);
    }

    /** A certificate is renewed while the server runs; the next connection gets the new one. */
    private void watch(Scheduler scheduler, PemKeys keys, FileTime known) {
        scheduler.schedule(
                () -> {
                    FileTime now = keys.changed();
                    if (!now.equals(known)) {
                        reload(keys);
                    }
                    watch(scheduler, keys, now);
                },
                10,
                TimeUnit.SECONDS);
    }

    /** Takes up changed files; keeps what is in use when they are not right. */
    void reload(PemKeys keys) {
        try {
            KeyStore store = keys.read();
            tls.reload(factory -> use(factory, store));
            LOG.info("TLS: read {} again", keys.certificates());
        } catch (Exception e) { // that is what reload throws
            LOG.warn("TLS: keeping the old certificate: {}", e.getMessage());
        }
    }

    /** What Jetty itself refuses before any route is looked for: a malformed path, and everything once it is told to stop. */
    static boolean unreadable(Request request, Response response, Callback done) {
        HttpStatus status = HttpStatus.Companion.forStatus(response.getStatus());
        if (status == HttpStatus.SERVICE_UNAVAILABLE) {
            new Refusal(status, "stopping", "the server is stopping").write(request, response, done);
            return true;
        }
        String detail = switch (status) {
            case REQUEST_HEADER_FIELDS_TOO_LARGE, URI_TOO_LONG ->
                "the head of the request is larger than this server takes";
            default -> "this is not HTTP as this server reads it";
        };
        new Refusal(status, "unreadable", detail).write(request, response, done);
        return true;
    }
}
