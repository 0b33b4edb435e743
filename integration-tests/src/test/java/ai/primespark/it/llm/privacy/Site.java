package ai.primespark.it.llm.privacy;

import ai.primespark.ProviderSpec;
import ai.primespark.Zone;
import ai.primespark.it.llm.Dialect;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/** Five servers in three zones: two at the edge, one that is trusted, two in the cloud. */
final class Site implements AutoCloseable {

    final List<Host> hosts = new ArrayList<>();

    /** A server and what it does. */
    record Host(String id, Zone zone, Dialect dialect, FakeModels models, CountingServer server) {

        ProviderSpec spec() {
            return ProviderSpec.of(dialect.provider()).id(id).with("zone", zone).with("url", server.uri());
        }
    }

    Site() throws IOException {
        add("edge-a", Zone.EDGE, Dialect.OLLAMA);
        add("edge-b", Zone.EDGE, Dialect.OPENAI);
        add("trusted", Zone.TRUSTED, Dialect.OLLAMA);
        add("cloud-a", Zone.CLOUD, Dialect.OLLAMA);
        add("cloud-b", Zone.CLOUD, Dialect.OPENAI);
        CountingServer cloud = hosts.get(3).server();
        hosts.stream()
                .filter(host -> host.zone() != Zone.CLOUD)
                .forEach(host -> host.models().passOnTo(cloud.uri()));
    }

    private void add(String id, Zone zone, Dialect dialect) throws IOException {
        FakeModels models = new FakeModels(dialect);
        hosts.add(new Host(id, zone, dialect, models, new CountingServer(id, models)));
    }

    /** A sum over the servers of a zone. */
    long sum(Zone zone, ToLongFunction<CountingServer> count) {
        return hosts.stream()
                .filter(host -> host.zone() == zone)
                .mapToLong(host -> count.applyAsLong(host.server()))
                .sum();
    }

    void endConnections() {
        hosts.forEach(host -> host.server().endConnections());
    }

    @Override
    public void close() {
        hosts.forEach(host -> host.server().close());
    }
}
