package ai.primespark.benchmarks.llm;

/** How Ollama puts an answer: as lines, or as one document for who asked with {@code "stream": false}. Give the parts in order. */
enum Wire {
    LINES,
    DOCUMENT;

    private static final String HEAD =
            "{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:00.000000000Z\",\"message\":{";
    private static final String FIGURES =
            ",\"total_duration\":5000000,\"load_duration\":1000000,\"prompt_eval_count\":7,\"prompt_eval_duration\":1000000,"
                    + "\"eval_count\":3,\"eval_duration\":3000000}\n";

    static Wire of(String request) {
        return request.replace(" ", "").contains("\"stream\":false") ? DOCUMENT : LINES;
    }

    String type() {
        return this == LINES ? "application/x-ndjson" : "application/json; charset=utf-8";
    }

    /** What comes before the first text. */
    String begin() {
        return this == LINES ? "" : HEAD + "\"role\":\"assistant\",\"content\":\"";
    }

    /** A piece of the answer, without anything that JSON would escape. */
    String text(String piece) {
        return this == LINES ? line("\"role\":\"assistant\",\"content\":\"" + piece + "\"") : piece;
    }

    /** The regular end. */
    String done(String reason) {
        return end("\"done_reason\":\"" + reason + "\",\"done\":true" + FIGURES);
    }

    /** What is left when the model stops without a word. In a document: not done. */
    String unfinished() {
        return this == LINES ? "" : "\"},\"done\":false" + FIGURES;
    }

    /** A whole answer of reasoning and text. */
    String thought(String reasoning, String text) {
        return this == LINES
                ? line("\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"" + reasoning + "\"")
                        + text(text)
                        + done("stop")
                : HEAD + "\"role\":\"assistant\",\"content\":\"" + text + "\",\"thinking\":\"" + reasoning
                        + "\"},\"done_reason\":\"stop\",\"done\":true" + FIGURES;
    }

    /** A whole answer of one tool call, whose end says no reason. */
    String toolCall(String name) {
        String call =
                "\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"id\":\"call_0a1b2c3d\",\"function\":{\"index\":0,"
                        + "\"name\":\"" + name + "\",\"arguments\":{\"zone\":\"UTC\"}}}]";
        return this == LINES
                ? line(call)
                        + line("\"role\":\"assistant\",\"content\":\"\"").replace("\"done\":false}\n", "\"done\":true")
                        + FIGURES
                : HEAD + call + "},\"done\":true" + FIGURES;
    }

    /** Something that is not JSON, in the middle. */
    String malformed() {
        return this == LINES ? line("\"role\":\"assistant\",\"content\":oops") : "\",oops,\"x\":\"";
    }

    private String end(String rest) {
        return this == LINES ? HEAD + "\"role\":\"assistant\",\"content\":\"\"}," + rest : "\"}," + rest;
    }

    private static String line(String message) {
        return HEAD + message + "},\"done\":false}\n";
    }
}
