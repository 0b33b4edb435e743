package ai.primespark.it.docs;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.it.ProjectFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LinksTest {

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)(?:#[^)]*)?\\)");

    @Test
    void everyRelativeLinkLeadsToAFile() throws IOException {
        List<String> broken = new ArrayList<>();
        try (Stream<Path> files = Files.walk(ProjectFiles.root())) {
            files.filter(file -> file.toString().endsWith(".md"))
                    .filter(file -> !file.toString().contains("target")
                            && !file.toString().contains(".git"))
                    .forEach(page -> LINK.matcher(ProjectFiles.read(page))
                            .results()
                            .forEach(link -> {
                                String target = link.group(1);
                                boolean external = target.contains("://") || target.startsWith("mailto:");
                                if (!external && !Files.exists(page.resolveSibling(target))) {
                                    broken.add(ProjectFiles.root().relativize(page) + " -> " + target);
                                }
                            }));
        }
        assertThat(broken).isEmpty();
    }
}
