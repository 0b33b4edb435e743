package ai.primespark.llm.ollama;

import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.ModelInfo;
import ai.primespark.llm.ModelManager;
import ai.primespark.spi.http.BodyStream;
import ai.primespark.spi.http.HttpLink;
import ai.primespark.spi.http.WireException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/** The server's models. Waits on the caller's thread, which may be interrupted. */
final class OllamaModels implements ModelManager {

    private static final String PULL = "/api/pull";

    private static final HttpLink.Limits LOOKUP = new HttpLink.Limits(Duration.ofSeconds(5), Duration.ofSeconds(30));

    /** Twice what the server allows itself by default (OLLAMA_LOAD_TIMEOUT), because another model may be loading. */
    private static final HttpLink.Limits LOADING = new HttpLink.Limits(Duration.ofSeconds(5), Duration.ofMinutes(10));

    /** Checking the digest of a large model on a slow disk is the longest time without news. */
    private static final Duration PULL_SILENCE = Duration.ofMinutes(30);

    private static final int MAX_BODY = 16 << 20;
    private static final int MAX_PULL_LINE = 1 << 20;

    private final OllamaBackend.Parts parts;

    OllamaModels(OllamaBackend.Parts parts) {
        this.parts = parts;
    }

    @Override
    public ModelInfo show(String model) {
        Objects.requireNonNull(model, "model");
        JsonNode shown = post("/api/show", parts.requests().model(model), LOOKUP, model);
        Map<String, JsonNode> loaded = await(parts.catalog().loaded(LOOKUP), "/api/ps");
        String name = OllamaNames.canonical(model);
        ModelInfo listed = await(parts.catalog().models(true, LOOKUP.connect()), "/api/tags").stream()
                .map(OllamaCatalog.Listed::info)
                .filter(info -> OllamaNames.canonical(info.name()).equals(name))
                .findFirst()
                .orElse(new ModelInfo(model, "", -1, false, 0, null, List.of(), false));
        ModelInfo info = new ModelInfo(
                listed.name(),
                listed.digest(),
                listed.bytes(),
                false,
                0,
                null,
                OllamaCatalog.capabilities(shown),
                listed.remote() || OllamaCatalog.isRemote(shown) || OllamaNames.isCloud(model));
        return OllamaCatalog.withLoad(info, loaded.get(name));
    }

    @Override
    public void pull(String model, Consumer<Progress> progress) {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(progress, "progress");
        HttpResponse<BodyStream> response =
                await(parts.http().stream(PULL, parts.requests().model(model), LOOKUP, PULL_SILENCE), PULL);
        try (BodyStream body = response.body()) {
            parts.running().remember(body);
            if (response.statusCode() != 200) {
                throw parts.errors()
                        .status(
                                response.statusCode(),
                                response.headers(),
                                body.readUpTo(OllamaErrors.MAX_BODY),
                                PULL,
                                model,
                                List.of());
            }
            follow(new OllamaLines(body, MAX_PULL_LINE, () -> {}), model, progress);
        } catch (IOException e) {
            throw parts.errors().transport(e, PULL);
        } catch (WireException e) {
            throw parts.errors().of(e.kind(), e.what()).build();
        } catch (InterruptedException e) {
            throw interrupted();
        } finally {
            parts.running().forget(response.body());
            parts.catalog().forget();
        }
    }

    private void follow(OllamaLines lines, String model, Consumer<Progress> progress)
            throws IOException, InterruptedException, WireException {
        boolean success = false;
        for (OllamaLine line = lines.next(); line != null; line = lines.next()) {
            if (line.error != null) {
                String said = line.error.toLowerCase(Locale.ROOT);
                throw said.contains("file does not exist") || said.contains("not found")
                        ? parts.errors()
                                .of(
                                        Kind.MODEL_NOT_FOUND,
                                        "cannot find a model '" + OllamaErrors.clip(model)
                                                + "' to pull; look it up at ollama.com/library")
                                .build()
                        : parts.errors()
                                .midStream(parts.errors().failures().said(line.error, List.of()))
                                .build();
            }
            success = line.status.equals("success");
            progress.accept(new Progress(line.status, line.completedBytes, line.totalBytes));
        }
        if (!success) {
            throw parts.errors()
                    .of(Kind.TRUNCATED, "broke off the pull of '" + OllamaErrors.clip(model) + "'; pull again to go on")
                    .build();
        }
    }

    @Override
    public void warmUp(String model, Duration keep) {
        if (keep.isZero() || keep.isNegative()) {
            throw new IllegalArgumentException("a model is kept for some time: " + keep);
        }
        try {
            generate(parts.requests().load(model, keep), LOADING, model);
        } catch (LlmException e) {
            if (e.kind() != Kind.REJECTED) {
                throw e;
            }
            // models that only embed do not generate, and are loaded by embedding nothing
            post("/api/embed", parts.requests().embed(model, List.of(), keep), LOADING, model);
        }
    }

    @Override
    public void unload(String model) {
        generate(parts.requests().load(Objects.requireNonNull(model, "model"), Duration.ZERO), LOOKUP, model);
    }

    private void generate(byte[] json, HttpLink.Limits limits, String model) {
        JsonNode body = post("/api/generate", json, limits, model);
        if (!body.path("done").asBoolean(false)) {
            throw parts.errors()
                    .of(Kind.PROTOCOL, "did not say that it is done with '" + OllamaErrors.clip(model) + "'")
                    .build();
        }
    }

    private JsonNode post(String path, byte[] json, HttpLink.Limits limits, String model) {
        CompletableFuture<HttpLink.Reply> sent = parts.http().post(path, json, limits, MAX_BODY);
        return await(
                parts.catalog().answer(sent, path, reply -> parts.catalog().object(reply, path, model, List.of())),
                path);
    }

    private <T> T await(CompletableFuture<T> work, String path) {
        CompletableFuture<T> tracked = parts.running().track(work);
        try {
            return tracked.get();
        } catch (InterruptedException e) {
            tracked.cancel(true);
            throw interrupted();
        } catch (ExecutionException | CancellationException e) {
            throw parts.errors().transport(e, path);
        }
    }

    private LlmException interrupted() {
        Thread.currentThread().interrupt();
        return parts.errors()
                .of(Kind.CANCELLED, "was told to give up: the waiting thread was interrupted")
                .build();
    }
}
