package ai.primespark.examples.quickstart;

import ai.primespark.llm.Failover;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the command line says; {@code failover} is null when it leaves that to the request's default. */
record Arguments(
        String question, Path docs, Path data, @Nullable Failover failover, boolean help) {

    static final String HELP = """
            Asks Prime Spark a question and shows how it was answered.

              quickstart [--docs DIR] [--data DIR] [--failover MODE] [question …]

              --docs DIR       Markdown and text files to answer from (default: docs)
              --data DIR       where to keep the memory and the index (default: .primespark/quickstart)
              --failover MODE  what happens when a server dies in the middle of its answer: fail ends
                               the call, restart begins again on the next server (default), continue
                               goes on there, if it has the same model
              --help           this text

            A model answers when an Ollama server does at http://127.0.0.1:11434, or where these
            variables say; without one, the answer is recalled from the documents.

              OLLAMA_EDGE_URL, OLLAMA_CLOUD_URL, OLLAMA_DEFAULT_MODEL""";

    private static final String MODES = "fail, restart, continue";
    private static final String DEFAULT_QUESTION = "How does Prime Spark choose the backend that answers?";

    static Arguments parse(String[] args) {
        Path docs = Path.of("docs");
        Path data = Quickstart.DATA;
        Failover failover = null;
        List<String> words = new ArrayList<>();
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--help", "-h" -> {
                    return new Arguments("", docs, data, null, true);
                }
                case "--docs" -> docs = Path.of(value(args, ++i, "--docs needs a folder"));
                case "--data" -> data = Path.of(value(args, ++i, "--data needs a folder"));
                case "--failover" -> failover = failover(value(args, ++i, "--failover needs a mode: " + MODES));
                default -> {
                    if (args[i].startsWith("-")) {
                        throw new IllegalArgumentException("unknown option " + args[i]);
                    }
                    words.add(args[i]);
                }
            }
        }
        if (!Files.isDirectory(docs)) {
            throw new IllegalArgumentException("no such folder: " + docs + "; name one with --docs DIR");
        }
        String question = words.isEmpty() ? DEFAULT_QUESTION : String.join(" ", words);
        return new Arguments(question, docs, data, failover, false);
    }

    private static String value(String[] args, int index, String missing) {
        if (index >= args.length) {
            throw new IllegalArgumentException(missing);
        }
        return args[index];
    }

    private static Failover failover(String mode) {
        for (Failover known : Failover.values()) {
            if (known.name().toLowerCase(Locale.ROOT).equals(mode)) {
                return known;
            }
        }
        throw new IllegalArgumentException("unknown failover " + mode + ", there are " + MODES);
    }
}
