package ai.primespark.it.docs;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.it.ProjectFiles;
import ai.primespark.it.docs.MarkdownPage.Link;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Links between our own pages lead to files and headings that are there. */
class LinksTest {

    private final Map<Path, Set<String>> anchors = new HashMap<>();
    private int links;
    private int fragments;

    @Test
    void everyLinkBetweenPagesLeadsToAFileAndToAHeadingInIt() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path file : MarkdownPage.all()) {
            for (Link link : MarkdownPage.of(file).links()) {
                if (!link.isExternal() && !leadsSomewhere(file, link)) {
                    broken.add(ProjectFiles.root().relativize(file) + " -> " + link);
                }
            }
        }

        assertThat(broken).isEmpty();
        assertThat(links).isGreaterThan(200);
        assertThat(fragments).isGreaterThan(100);
    }

    private boolean leadsSomewhere(Path page, Link link) {
        links++;
        Path target = link.target().isEmpty()
                ? page
                : page.resolveSibling(link.target()).normalize();
        if (link.fragment().isEmpty() || !Files.exists(target)) {
            return Files.exists(target);
        }
        fragments++;
        Path shown = Files.isDirectory(target) ? target.resolve("README.md") : target;
        if (!shown.toString().endsWith(".md")) {
            return link.fragment().matches("L\\d+(-L\\d+)?"); // lines of a source
        }
        return anchors.computeIfAbsent(shown, file -> MarkdownPage.of(file).anchors())
                .contains(link.fragment());
    }

    @Test
    void headingsAreNamedAsGitHubNamesThem() {
        String page = """
                # What `deploy.sh` does: a_b – c!
                ## Größe [of a page](other.md#x)
                ```sh
                # no heading
                ```
                ### Twice
                ### Twice ###
                #hashtag
                <a id="by-hand"></a>
                """;

        assertThat(new MarkdownPage(Path.of("page.md"), MarkdownPage.withoutCode(page)).anchors())
                .containsExactlyInAnyOrder(
                        "what-deploysh-does-a_b--c", "größe-of-a-page", "twice", "twice-1", "by-hand");
    }

    @Test
    void linksInCodeAreNone() {
        String page = "[a](b.md#c%C3%A9 \"title\") `[d](e.md)` [`f`](#g)\n```\n[h](i.md)\n```\n[j](k.md)\n";

        assertThat(new MarkdownPage(Path.of("page.md"), MarkdownPage.withoutCode(page)).links())
                .containsExactly(new Link("b.md", "cé"), new Link("", "g"), new Link("k.md", ""));
    }
}
