package ai.primespark.llm.recall;

import ai.primespark.llm.Document;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A small manual, as an application would add it. */
final class TestDocuments {

    private TestDocuments() {}

    static List<Document> manual() {
        return List.of(
                document("memory-tiers.md", "Memory in three tiers"),
                document("routing.md", "How requests are routed"),
                document("power.md", "Power and batteries"),
                document("vpn.md", "WireGuard"),
                document("agents.md", "Agents and tasks"),
                document("auth.md", "Users and tokens"),
                document("ollama.md", "Running models with Ollama"),
                document("nas.txt", "The NAS directory"));
    }

    private static Document document(String file, String title) {
        try (InputStream in = TestDocuments.class.getResourceAsStream("/documents/" + file)) {
            if (in == null) {
                throw new IllegalStateException(file + " is missing among the test resources");
            }
            return Document.of(file, title, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
