package ai.primespark.core.agent.builtin;

import ai.primespark.agent.TaskContext;
import ai.primespark.agent.TaskHandler;
import ai.primespark.agent.UnrecoverableTaskException;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.Embeddings;
import ai.primespark.llm.Llm;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Message;
import ai.primespark.llm.Privacy;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Language models as tasks. A request's privacy travels with it and holds where it is answered; nothing of it is logged. */
final class LlmTasks {

    static final String GENERATE = "llm.generate";
    static final String EMBED = "llm.embed";

    private final Llm llm;

    LlmTasks(Llm llm) {
        this.llm = llm;
    }

    Map<String, TaskHandler<JsonNode, Object>> handlers() {
        return Map.of(GENERATE, this::generate, EMBED, this::embed);
    }

    /** What a generate task gives. */
    record Generated(
            String text,
            String finish,
            String backend,
            String zone,
            String model,
            boolean cached,
            boolean degraded,
            long prompt_tokens,
            long answer_tokens) {}

    /** What an embed task gives. */
    record Embedded(List<float[]> vectors, String backend, String zone, String model) {}

    private Object generate(JsonNode payload, TaskContext task) {
        LlmRequest request = request(payload);
        Integer limit = request.sampling().maxTokens();
        int most = limit == null ? 0 : limit;
        try (LlmCall call = llm.open(request)) {
            task.onCancel(reason -> call.close());
            Output output = new Output(task);
            int pieces = 0;
            for (LlmEvent event : call) {
                if (event instanceof LlmEvent.Text text) {
                    output.add(text.text());
                    pieces++; // about a token each
                    task.progress(most > 0 ? Math.min(0.99, (double) pieces / most) : 0, "");
                }
            }
            output.flush();
            LlmResponse answer = call.await();
            return new Generated(
                    answer.text(),
                    answer.finish().name(),
                    answer.backend(),
                    answer.zone().name(),
                    answer.model(),
                    answer.cached(),
                    answer.degraded(),
                    answer.usage().promptTokens(),
                    answer.usage().answerTokens());
        }
    }

    private static LlmRequest request(JsonNode payload) {
        Fields fields = new Fields(
                GENERATE,
                payload,
                "prompt",
                "messages",
                "system",
                "model",
                "privacy",
                "temperature",
                "top_p",
                "top_k",
                "max_tokens",
                "seed",
                "stop",
                "timeout_ms");
        if (fields.node("prompt").isPresent() == fields.node("messages").isPresent()) {
            throw fields.wrong("needs either 'prompt' or 'messages'");
        }
        try {
            LlmRequest.Builder request = fields.node("prompt").isPresent()
                    ? LlmRequest.prompt(fields.requiredText("prompt"))
                    : LlmRequest.chat(messages(fields));
            fields.text("system").ifPresent(request::system);
            fields.text("model").ifPresent(request::model);
            fields.choice("privacy", Privacy.class).ifPresent(request::privacy);
            fields.decimal("temperature").ifPresent(request::temperature);
            fields.decimal("top_p").ifPresent(request::topP);
            fields.number("top_k").map(Math::toIntExact).ifPresent(request::topK);
            fields.number("max_tokens").map(Math::toIntExact).ifPresent(request::maxTokens);
            fields.number("seed").ifPresent(request::seed);
            List<String> stop = fields.texts("stop");
            if (!stop.isEmpty()) {
                request.stop(stop.toArray(String[]::new));
            }
            fields.number("timeout_ms").map(Duration::ofMillis).ifPresent(request::timeout);
            return request.build();
        } catch (IllegalArgumentException | ArithmeticException e) { // out of range; the same in every attempt
            throw new UnrecoverableTaskException(
                    "the payload of a task of type '" + GENERATE + "' is refused: " + e.getMessage(), null);
        }
    }

    private static List<Message> messages(Fields fields) {
        List<Message> messages = new ArrayList<>();
        for (JsonNode node : fields.array("messages")) {
            Fields message = new Fields(GENERATE, node, "role", "content");
            String content = message.requiredText("content");
            Message.Role role = message.choice("role", Message.Role.class).orElse(Message.Role.USER);
            messages.add(
                    switch (role) {
                        case SYSTEM -> Message.system(content);
                        case USER -> Message.user(content);
                        case ASSISTANT -> Message.assistant(content);
                        case TOOL -> throw fields.wrong("has a message of a tool, whose calls a task cannot answer");
                    });
        }
        return messages;
    }

    private Object embed(JsonNode payload, TaskContext task) {
        Fields fields = new Fields(EMBED, payload, "texts", "model", "privacy");
        List<String> texts = fields.texts("texts");
        if (texts.isEmpty()) {
            throw fields.wrong("needs at least one text in 'texts'");
        }
        @Nullable String model = fields.text("model").orElse(null);
        Embeddings made = llm.embed(new EmbedRequest(
                texts, model, fields.choice("privacy", Privacy.class).orElse(Privacy.ANY)));
        return new Embedded(made.vectors(), made.backend(), made.zone().name(), made.model());
    }

    /** Gathers tokens for a moment, because each piece may be a message on a network. */
    private static final class Output {

        private static final long MOMENT = TimeUnit.MILLISECONDS.toNanos(50);
        private static final int ENOUGH = 2_000;

        private final TaskContext task;
        private final StringBuilder gathered = new StringBuilder();
        private long sent = System.nanoTime() - MOMENT; // the first piece goes at once

        Output(TaskContext task) {
            this.task = task;
        }

        void add(String text) {
            gathered.append(text);
            if (gathered.length() >= ENOUGH || System.nanoTime() - sent >= MOMENT) {
                flush();
            }
        }

        void flush() {
            for (int from = 0; from < gathered.length(); ) {
                int to = Math.min(gathered.length(), from + 10_000);
                if (to < gathered.length() && Character.isHighSurrogate(gathered.charAt(to - 1))) {
                    to--; // half a character is none
                }
                task.emit(gathered.substring(from, to));
                from = to;
            }
            gathered.setLength(0);
            sent = System.nanoTime();
        }
    }
}
