package ai.primespark.llm.ollama;

import ai.primespark.Secret;
import ai.primespark.Zone;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.LlmBackendProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import ai.primespark.spi.http.ServerAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/** Makes backends that speak to an Ollama server. Used by default, at Ollama's default address. */
public final class OllamaProvider implements LlmBackendProvider {

    static final Setting<URI> URL = Setting.httpUrl(
                    "url", "Address of the server, with a path if a proxy puts it under one.")
            .defaultsTo(URI.create("http://127.0.0.1:11434"));

    static final Setting<Zone> ZONE = Setting.choice(
                    "zone",
                    Zone.class,
                    "How far a request travels to the server: decides which requests it may get; when absent, edge for this machine, private addresses and names of the local network, else cloud.")
            .optional();

    static final Setting<String> DEFAULT_MODEL = Setting.text(
                    "default-model",
                    "Model for requests that name none; when absent, the first local model of the server that can chat.")
            .must(name -> !name.isBlank(), "not blank")
            .optional();

    static final Setting<Duration> KEEP_ALIVE = Setting.duration(
                    "keep-alive",
                    "How long the server keeps a model loaded after a call, in whole seconds; when absent, as the server likes.")
            .atLeast(Duration.ZERO)
            .atMost(Duration.ofDays(36_500))
            .optional();

    static final Setting<Long> CONTEXT_TOKENS = Setting.number(
                    "context-tokens",
                    "Context window that every call asks for, so that the server never reloads a model because calls differ; a call that asks for more gets more.")
            .atLeast(1L)
            .atMost((long) Integer.MAX_VALUE)
            .optional();

    static final Setting<Secret> TOKEN = Setting.secret(
                    "token", "API token, sent as a bearer token, for servers behind a proxy that asks for one.")
            .optional();

    static final Setting<Long> MAX_LINE_BYTES = Setting.bytes(
                    "max-line-bytes", "Longest line of an answer; a longer one ends the call as a breach of protocol.")
            .atLeast(4L << 10)
            .atMost(256L << 20)
            .defaultsTo(8L << 20);

    /** For the service loader. */
    public OllamaProvider() {}

    @Override
    public String name() {
        return "ollama";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public boolean usedByDefault() {
        return true;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(URL, ZONE, DEFAULT_MODEL, KEEP_ALIVE, CONTEXT_TOKENS, TOKEN, MAX_LINE_BYTES);
    }

    @Override
    public LlmBackend create(ProviderContext context) {
        Settings settings = context.settings();
        URI url = settings.get(URL);
        Zone zone = ServerAddress.zone(
                url, settings.find(ZONE), settings.find(TOKEN).isPresent());
        return new OllamaBackend(context, url, zone);
    }
}
