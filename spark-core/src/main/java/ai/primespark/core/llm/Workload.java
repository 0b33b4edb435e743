package ai.primespark.core.llm;

import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Message;
import ai.primespark.llm.OutputFormat;
import ai.primespark.llm.Tool;

/**
 * How much a model has to read before it can begin. Immutable.
 *
 * @param chars of messages, tools and schema
 * @param images in the messages
 * @param contextTokens the context window that is asked for; 0 for whatever is loaded
 */
record Workload(long chars, int images, int contextTokens) {

    /** Of something that is no chat. */
    static final Workload NONE = new Workload(0, 0, 0);

    /** About what vision models make of an image. */
    private static final int IMAGE_TOKENS = 600;

    static Workload of(LlmRequest request) {
        long chars = 0;
        int images = 0;
        for (Message message : request.messages()) {
            String thinking = message.thinking();
            chars += message.content().length() + (thinking == null ? 0 : thinking.length());
            images += message.images().size();
        }
        for (Tool tool : request.tools()) {
            chars += tool.name().length()
                    + tool.description().length()
                    + tool.parametersSchema().length();
        }
        if (request.format() instanceof OutputFormat.Schema schema) {
            chars += schema.jsonSchema().length();
        }
        Integer window = request.sampling().contextTokens();
        return new Workload(chars, images, window == null ? 0 : window);
    }

    /** About how many tokens that is. */
    double tokens(double perChar) {
        return chars * perChar + imageTokens();
    }

    int imageTokens() {
        return images * IMAGE_TOKENS;
    }
}
