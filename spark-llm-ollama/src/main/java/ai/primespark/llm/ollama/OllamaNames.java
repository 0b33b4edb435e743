package ai.primespark.llm.ollama;

import java.util.List;
import java.util.Locale;

/** Rules about model names, from Ollama's {@code internal/modelref} and {@code types/model}. */
final class OllamaNames {

    private static final String LOCAL = ":local";
    private static final List<String> DEFAULT_PREFIXES = List.of("registry.ollama.ai/", "library/");

    private OllamaNames() {}

    /** Whether the server passes calls to this name on to Ollama's cloud: the part after the last colon says so. */
    static boolean isCloud(String name) {
        String tag = name.substring(name.lastIndexOf(':') + 1).strip().toLowerCase(Locale.ROOT);
        return name.indexOf(':') >= 0 && (tag.equals("cloud") || tag.endsWith("-cloud"));
    }

    /** The same text for all spellings of a name: {@code llama3.2}, {@code Llama3.2:latest}, {@code library/llama3.2}. */
    static String canonical(String name) {
        String text = name.strip().toLowerCase(Locale.ROOT);
        if (text.endsWith(LOCAL)) {
            text = text.substring(0, text.length() - LOCAL.length());
        }
        for (String prefix : DEFAULT_PREFIXES) {
            text = text.startsWith(prefix) ? text.substring(prefix.length()) : text;
        }
        return text.indexOf(':', text.lastIndexOf('/') + 1) >= 0 ? text : text + ":latest";
    }
}
