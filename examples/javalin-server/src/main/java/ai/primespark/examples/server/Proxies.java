package ai.primespark.examples.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.InetAddressSet;

/**
 * Believes configured proxies, and nobody else, about where a request comes from. Each proxy adds whom it got the request from at the
 * end of {@code X-Forwarded-For}, so the list is read from its end: the first address that is no proxy of ours is the client, and what
 * stands before it the client may have made up. (Jetty's own customizer takes the first one, from everybody.) Thread-safe.
 */
final class Proxies implements HttpConfiguration.Customizer {

    private final InetAddressSet trusted = new InetAddressSet();

    Proxies(List<String> networks) {
        networks.forEach(trusted::add);
    }

    @Override
    public Request customize(Request request, HttpFields.Mutable answer) {
        Optional<InetAddress> peer = Sources.parse(Request.getRemoteAddr(request));
        if (peer.isEmpty() || !trusted.test(peer.get())) {
            return request;
        }
        InetAddress client = client(peer.get(), request.getHeaders());
        boolean secure = "https".equalsIgnoreCase(request.getHeaders().get("X-Forwarded-Proto"));
        return new Forwarded(request, new InetSocketAddress(client, 0), secure);
    }

    private InetAddress client(InetAddress peer, HttpFields headers) {
        List<String> hops = new ArrayList<>(headers.getCSV(HttpHeader.X_FORWARDED_FOR, false));
        InetAddress client = peer;
        for (int i = hops.size() - 1; i >= 0 && trusted.test(client); i--) {
            Optional<InetAddress> hop = Sources.parse(hops.get(i).strip());
            if (hop.isEmpty()) {
                break;
            }
            client = hop.get();
        }
        return client;
    }

    private static final class Forwarded extends Request.Wrapper {

        private final ConnectionMetaData connection;
        private final HttpURI uri;
        private final boolean secure;

        Forwarded(Request request, SocketAddress client, boolean secure) {
            super(request);
            this.secure = secure || request.isSecure();
            this.uri = this.secure
                    ? HttpURI.build(request.getHttpURI()).scheme("https").asImmutable()
                    : request.getHttpURI();
            this.connection = new ConnectionMetaData.Wrapper(request.getConnectionMetaData()) {
                @Override
                public SocketAddress getRemoteSocketAddress() {
                    return client;
                }

                @Override
                public boolean isSecure() {
                    return Forwarded.this.secure;
                }
            };
        }

        @Override
        public ConnectionMetaData getConnectionMetaData() {
            return connection;
        }

        @Override
        public HttpURI getHttpURI() {
            return uri;
        }

        @Override
        public boolean isSecure() {
            return secure;
        }
    }
}
