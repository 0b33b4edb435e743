package ai.primespark.core.llm;

import ai.primespark.Zone;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.Embeddings;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Usage;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LlmBackend;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Answers as a script says, and finds all texts exactly as similar to the first of each request as it is told. */
final class ComparingBackend implements LlmBackend {

    final ScriptedLlmBackend chat;
    final List<EmbedRequest> embedded = new CopyOnWriteArrayList<>();
    final CompletableFuture<Embeddings> silence = new CompletableFuture<>();
    volatile double similarity = 0.99;
    volatile LlmException.@Nullable Kind embeddingsDown;
    volatile boolean silent;

    ComparingBackend(String id, Zone zone) {
        this.chat = new ScriptedLlmBackend(id, zone);
    }

    @Override
    public BackendInfo info() {
        return chat.info();
    }

    @Override
    public CompletionStage<BackendStatus> status(Deadline deadline) {
        return chat.status(deadline);
    }

    @Override
    public LlmCall open(LlmRequest request, CallLimits limits) {
        return chat.open(request, limits);
    }

    @Override
    public CompletionStage<Embeddings> embed(EmbedRequest request, CallLimits limits) {
        embedded.add(request);
        LlmException.Kind down = embeddingsDown;
        if (down != null) {
            return CompletableFuture.failedStage(
                    LlmException.builder(down, info().id(), "down in this test").build());
        }
        if (silent) {
            return silence;
        }
        float[] other = {(float) similarity, (float) Math.sqrt(1 - similarity * similarity)};
        List<float[]> vectors = new java.util.ArrayList<>(
                java.util.Collections.nCopies(request.inputs().size(), other));
        vectors.set(0, new float[] {2, 0}); // not of length 1, as some servers give them
        return CompletableFuture.completedFuture(new Embeddings(
                vectors, info().id(), info().zone(), request.modelName().orElse(""), Usage.NONE));
    }

    @Override
    public void close() {
        chat.close();
    }
}
