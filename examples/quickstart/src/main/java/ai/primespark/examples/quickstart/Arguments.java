package ai.primespark.examples.quickstart;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the command line says. */
record Arguments(String question, Path docs, Path data, boolean help) {

    static final String HELP = """
            Asks Prime Spark a question and shows how it was answered.

              quickstart [--docs DIR] [--data DIR] [question …]

              --docs DIR   Markdown and text files to answer from (default: docs)
              --data DIR   where to keep the memory and the index (default: .primespark/quickstart)
              --help       this text

            A model answers when an Ollama server does at http://127.0.0.1:11434, or where these
            variables say; without one, the answer is recalled from the documents.

              OLLAMA_EDGE_URL, OLLAMA_CLOUD_URL, OLLAMA_DEFAULT_MODEL""";

    private static final String DEFAULT_QUESTION = "How does Prime Spark choose the backend that answers?";

    static Arguments parse(String[] args) {
        Path docs = Path.of("docs");
        Path data = Quickstart.DATA;
        List<String> words = new ArrayList<>();
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--help", "-h" -> {
                    return new Arguments("", docs, data, true);
                }
                case "--docs" -> docs = Path.of(value(args, ++i, "--docs"));
                case "--data" -> data = Path.of(value(args, ++i, "--data"));
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
        return new Arguments(question, docs, data, false);
    }

    private static String value(String[] args, int index, String option) {
        if (index >= args.length) {
            throw new IllegalArgumentException(option + " needs a folder");
        }
        return args[index];
    }
}
