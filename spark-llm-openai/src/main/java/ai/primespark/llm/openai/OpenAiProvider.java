package ai.primespark.llm.openai;

import ai.primespark.Secret;
import ai.primespark.Zone;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.LlmBackendProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import ai.primespark.spi.http.ServerAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;

/** Makes backends that speak to a server by the OpenAI protocol. */
public final class OpenAiProvider implements LlmBackendProvider {

    static final Setting<URI> URL = Setting.httpUrl(
            "url", "Address of the server, with or without its version: /v1 is added to a path that has none.");

    static final Setting<Zone> ZONE = Setting.choice(
                    "zone",
                    Zone.class,
                    "How far a request travels to the server: decides which requests it may get; when absent, edge for this machine, private addresses and names of the local network, else cloud.")
            .optional();

    static final Setting<Secret> API_KEY = Setting.secret(
                    "api-key", "Key of the server, sent as a bearer token unless api-key-header names another header.")
            .optional();

    static final Setting<String> API_KEY_HEADER = Setting.text(
                    "api-key-header", "Header that carries the key; any other than Authorization carries it bare.")
            .must(name -> name.matches("[A-Za-z0-9-]+"), "letters, digits and dashes")
            .defaultsTo("Authorization");

    static final Setting<Map<String, String>> HEADERS = Setting.textMap(
                    "headers", "Headers sent with every request, such as HTTP-Referer; not for secrets.")
            .optional();

    static final Setting<String> DEFAULT_MODEL = Setting.text(
                    "default-model",
                    "Model for requests that name none; when absent, the first of the server that can chat, but in the cloud none.")
            .must(name -> !name.isBlank(), "not blank")
            .optional();

    static final Setting<String> EMBEDDING_MODEL = Setting.text(
                    "embedding-model",
                    "Model for texts to embed that name none; when absent, the first of the server that embeds, but in the cloud none.")
            .must(name -> !name.isBlank(), "not blank")
            .optional();

    static final Setting<Long> MAX_TOKENS = Setting.number(
                    "max-tokens",
                    "Longest answer in tokens for calls that ask for no other; when absent, as the server likes.")
            .atLeast(1L)
            .atMost((long) Integer.MAX_VALUE)
            .optional();

    static final Setting<TokenLimit> MAX_TOKENS_FIELD = Setting.choice(
                    "max-tokens-field",
                    TokenLimit.class,
                    "Field that bounds an answer: auto begins with max_tokens and changes when the server demands it.")
            .defaultsTo(TokenLimit.AUTO);

    static final Setting<Reasoning> REASONING = Setting.choice(
                    "reasoning",
                    Reasoning.class,
                    "How to tell the server how much to think: effort for reasoning_effort (OpenAI and most), template for chat_template_kwargs (llama.cpp, vLLM), object for reasoning (OpenRouter).")
            .defaultsTo(Reasoning.EFFORT);

    static final Setting<Long> MAX_LINE_BYTES = Setting.bytes(
                    "max-line-bytes",
                    "Longest line and longest event of an answer; a longer one ends the call as a breach of protocol.")
            .atLeast(4L << 10)
            .atMost(256L << 20)
            .defaultsTo(8L << 20);

    /** Which field bounds an answer. */
    enum TokenLimit {
        AUTO,
        MAX_TOKENS,
        MAX_COMPLETION_TOKENS
    }

    /** How a server is told how much to think. */
    enum Reasoning {
        EFFORT,
        TEMPLATE,
        OBJECT
    }

    /** For the service loader. */
    public OpenAiProvider() {}

    @Override
    public String name() {
        return "openai";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(
                URL,
                ZONE,
                API_KEY,
                API_KEY_HEADER,
                HEADERS,
                DEFAULT_MODEL,
                EMBEDDING_MODEL,
                MAX_TOKENS,
                MAX_TOKENS_FIELD,
                REASONING,
                MAX_LINE_BYTES);
    }

    @Override
    public LlmBackend create(ProviderContext context) {
        Settings settings = context.settings();
        URI url = settings.get(URL);
        Zone zone = ServerAddress.zone(
                url, settings.find(ZONE), settings.find(API_KEY).isPresent());
        return new OpenAiBackend(context, OpenAiAddress.base(url), zone);
    }
}
