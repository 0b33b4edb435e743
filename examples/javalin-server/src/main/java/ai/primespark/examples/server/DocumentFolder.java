package ai.primespark.examples.server;

import ai.primespark.llm.Document;
import ai.primespark.llm.DocumentIndex;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Hands a folder's texts to the library, so that answers can be recalled from them. */
final class DocumentFolder {

    private static final int BATCH = 50;
    private static final long LARGEST = 4 << 20;

    private DocumentFolder() {}

    /** Adds all that can be read, and says on the way how far it is if that takes long; gives their number. */
    static int load(Path folder, DocumentIndex index, PrintStream out) throws StartupException {
        List<Path> files = files(folder);
        List<Document> batch = new ArrayList<>();
        int added = 0;
        long lastWord = System.nanoTime();
        for (Path file : files) {
            try {
                batch.add(document(folder, file));
            } catch (IOException e) {
                out.println("skipped " + file + ": " + e.getMessage());
            }
            if (batch.size() == BATCH) {
                index.add(batch);
                added += batch.size();
                batch.clear();
            }
            if (System.nanoTime() - lastWord > TimeUnit.SECONDS.toNanos(1)) {
                lastWord = System.nanoTime();
                out.println("reading documents: " + added + " of " + files.size());
            }
        }
        index.add(batch);
        return added + batch.size();
    }

    private static List<Path> files(Path folder) throws StartupException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(DocumentFolder::isText).sorted().toList();
        } catch (IOException | UncheckedIOException e) {
            throw new StartupException("cannot list the documents below " + folder + ": " + e.getMessage());
        }
    }

    private static boolean isText(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return (name.endsWith(".md") || name.endsWith(".txt")) && Files.isRegularFile(file);
    }

    private static Document document(Path folder, Path file) throws IOException {
        if (Files.size(file) > LARGEST) {
            throw new IOException("larger than " + LARGEST + " bytes");
        }
        String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8); // odd bytes become U+FFFD
        String name = folder.relativize(file).toString().replace('\\', '/');
        String title = text.lines()
                .filter(line -> line.startsWith("# "))
                .map(line -> line.substring(2).strip())
                .filter(heading -> !heading.isEmpty())
                .findFirst()
                .orElse(name);
        return Document.of(name, title, text);
    }
}
