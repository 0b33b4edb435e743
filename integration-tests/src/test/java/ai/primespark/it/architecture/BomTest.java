package ai.primespark.it.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.it.Poms;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

/** spark-bom against the modules that are published. */
class BomTest {

    private static final List<Element> LISTED = Poms.elements(Poms.of("spark-bom"), "dependency");

    @Test
    void itListsEveryPublishedModuleOnceAndNoOther() {
        assertThat(LISTED)
                .extracting(dependency -> Poms.text(dependency, "artifactId"))
                .containsExactlyInAnyOrderElementsOf(Poms.published())
                .hasSizeGreaterThan(10);
    }

    @Test
    void allAreOfOneVersion() {
        assertThat(LISTED).allSatisfy(dependency -> {
            assertThat(Poms.text(dependency, "groupId")).isEqualTo("ai.primespark");
            assertThat(Poms.text(dependency, "version")).isEqualTo("${project.version}");
        });
    }

    /** A module that is published without its sources, say, is refused by Maven Central only on the day of the release. */
    @Test
    void whatIsPublishedIsPublishedWhole() {
        for (String module : Poms.published()) { // their folders are named like them
            Element pom = Poms.of(module);
            assertThat(List.of("maven.source.skip", "maven.javadoc.skip", "gpg.skip", "flatten.skip"))
                    .as(module)
                    .allSatisfy(switchOff ->
                            assertThat(Poms.property(pom, switchOff)).isEqualTo("false"));
        }
    }
}
