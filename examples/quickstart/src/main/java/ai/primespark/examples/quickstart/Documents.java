package ai.primespark.examples.quickstart;

import ai.primespark.llm.Document;
import ai.primespark.llm.DocumentIndex;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Reads a folder of Markdown and text files. */
final class Documents {

    private Documents() {}

    static void load(DocumentIndex index, Path folder, PrintStream out) {
        long start = System.nanoTime();
        List<Document> documents = new ArrayList<>();
        try (Waiting waiting = new Waiting("reading " + folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.filter(Documents::isText).sorted().toList()) {
                    String name = folder.relativize(file).toString();
                    documents.add(Document.of(name, name, Files.readString(file)));
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read the documents in " + folder, e);
            }
            index.add(documents);
            waiting.over();
        }
        out.printf(
                "%d documents from %s, searchable after %d ms%n",
                documents.size(), folder, (System.nanoTime() - start) / 1_000_000);
    }

    private static boolean isText(Path file) {
        String name = file.getFileName().toString();
        return Files.isRegularFile(file) && (name.endsWith(".md") || name.endsWith(".txt"));
    }
}
