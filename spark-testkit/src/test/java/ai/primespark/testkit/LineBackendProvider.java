package ai.primespark.testkit;

import ai.primespark.Secret;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.LlmBackendProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import java.net.URI;
import java.util.List;
import java.util.Set;

/** Makes {@link LineBackend}s. */
public final class LineBackendProvider implements LlmBackendProvider {

    static final Setting<URI> URL = Setting.httpUrl("url", "The server's address.");
    static final Setting<Secret> TOKEN =
            Setting.secret("token", "Sent with every request.").optional();

    /** For the service loader. */
    public LineBackendProvider() {}

    @Override
    public String name() {
        return "testkit-lines";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(URL, TOKEN);
    }

    @Override
    public LlmBackend create(ProviderContext context) {
        return new LineBackend(context, Set.of());
    }
}
