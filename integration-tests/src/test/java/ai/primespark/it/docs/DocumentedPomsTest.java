package ai.primespark.it.docs;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.it.Poms;
import ai.primespark.it.ProjectFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Element;

/** The poms in the documents, whole or in part, name what there is in the versions that there are. */
class DocumentedPomsTest {

    private static final Pattern BLOCK = Pattern.compile("```xml\\R(.*?)```", Pattern.DOTALL);
    private static final String OURS = "ai.primespark";

    record Sample(String place, String text) {
        @Override
        public String toString() {
            return place;
        }
    }

    static List<Sample> samples() throws IOException {
        List<Sample> samples = new ArrayList<>();
        for (Path page : MarkdownPage.all()) {
            BLOCK.matcher(ProjectFiles.read(page))
                    .results()
                    .filter(block -> block.group(1).contains("<dependency>"))
                    .forEach(block -> samples.add(
                            new Sample(ProjectFiles.root().relativize(page).toString(), block.group(1))));
        }
        assertThat(samples).hasSizeGreaterThan(3);
        return samples;
    }

    @ParameterizedTest
    @MethodSource("samples")
    void ourModulesAreTakenAsTheyArePublished(Sample sample) {
        Element pom = Poms.parse("<sample>" + sample.text() + "</sample>");
        boolean managed = sample.text().contains("<artifactId>spark-bom</artifactId>");
        assertThat(ours(pom)).isNotEmpty();
        for (Element dependency : ours(pom)) {
            String name = Poms.text(dependency, "artifactId");
            String version = Poms.text(dependency, "version");
            if (name.equals("spark-bom")) {
                assertThat(Poms.text(dependency, "type")).isEqualTo("pom");
                assertThat(Poms.text(dependency, "scope")).isEqualTo("import");
                assertThat(version).isEqualTo(Poms.version());
            } else {
                assertThat(Poms.published()).contains(name);
                assertThat(version).isIn(managed ? List.of("") : List.of("", Poms.version()));
            }
        }
    }

    @Test
    void theProjectOfThePluginPageIsThatOfTheExample() throws IOException {
        Element page = Poms.parse(samples().stream()
                .filter(sample -> sample.place().equals("docs/plugins.md"))
                .map(Sample::text)
                .findFirst()
                .orElseThrow());
        Element root = Poms.of("");

        assertThat(Poms.text(page, "modelVersion")).isEqualTo("4.0.0");
        assertThat(withScopes(page)).isEqualTo(withScopes(Poms.of("examples/custom-plugin")));
        assertThat(Poms.property(page, "maven.compiler.release"))
                .isEqualTo(Poms.property(root, "maven.compiler.release"));
        assertThat(Poms.elements(page, "plugin")).hasSize(2).allSatisfy(plugin -> {
            String property = Poms.text(plugin, "artifactId") + ".version";
            assertThat(Poms.text(plugin, "version")).isNotEmpty().isEqualTo(Poms.property(root, property));
        });
    }

    private static List<Element> ours(Element pom) {
        return Poms.elements(pom, "dependency").stream()
                .filter(dependency -> Poms.text(dependency, "groupId").equals(OURS))
                .toList();
    }

    private static Set<String> withScopes(Element pom) {
        Set<String> names = new TreeSet<>();
        for (Element dependency : ours(pom)) {
            if (!Poms.text(dependency, "artifactId").equals("spark-bom")) {
                names.add(Poms.text(dependency, "artifactId") + " " + Poms.text(dependency, "scope"));
            }
        }
        return names;
    }
}
