package ai.primespark.it.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.it.ProjectFiles;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class ArchitectureTest {

    private static final JavaClasses PROJECT = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("ai.primespark");

    static final ArchRule[] RULES = {
        ModuleRules.API_USES_THE_JDK_AND_JSPECIFY_ONLY,
        ModuleRules.CORE_NAMES_NO_PLUGIN,
        ModuleRules.PLUGINS_DO_NOT_SEE_THE_ENGINE,
        ModuleRules.APPLICATIONS_DO_NOT_SEE_THE_ENGINE,
        ModuleRules.SPI_IS_NOT_USED_BY_APPLICATIONS,
        ModuleRules.CORE_PACKAGES_ARE_FREE_OF_CYCLES
    };

    @ParameterizedTest
    @FieldSource("RULES")
    void theProjectKeeps(ArchRule rule) {
        rule.allowEmptyShould(true).check(PROJECT);
    }

    @Test
    void theRulesLookAtEveryPartOfTheProject() {
        assertThat(PROJECT.containPackage("ai.primespark.spi")).isTrue();
        assertThat(PROJECT.containPackage("ai.primespark.core.memory")).isTrue();
        assertThat(PROJECT.containPackage("ai.primespark.llm.ollama")).isTrue();
        assertThat(PROJECT.containPackage("ai.primespark.llm.openai")).isTrue();
        assertThat(PROJECT.containPackage("ai.primespark.spi.http")).isTrue();
        assertThat(PROJECT.containPackage("ai.primespark.llm.recall")).isTrue();
        assertThat(PROJECT.containPackage("ai.primespark.agent.http")).isTrue();
        assertThat(PROJECT.containPackage("ai.primespark.examples.plugin")).isTrue();
        assertThat(PROJECT.containPackage("ai.primespark.examples.quickstart")).isTrue();
    }

    /** The rule was seen to fail once; this keeps it failing when it should. */
    @Test
    void aCoreThatNamesAPluginIsCaught() {
        JavaClasses guilty = new ClassFileImporter()
                .importClasses(
                        ai.primespark.core.fixture.NamesAPlugin.class, ai.primespark.llm.ollama.OllamaProvider.class);

        assertThatThrownBy(() -> ModuleRules.CORE_NAMES_NO_PLUGIN.check(guilty))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("NamesAPlugin")
                .hasMessageContaining("OllamaProvider");
    }

    @Test
    void everyPluginModuleIsUnderTheRules() throws IOException {
        Set<String> modules = new TreeSet<>();
        try (Stream<Path> files = Files.list(ProjectFiles.root())) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("spark-(agent|memory|llm|power|vpn)-.*"))
                    .filter(name -> !name.equals("spark-vpn-cli")) // a program around its plugin; nobody depends on it
                    .map(name ->
                            "ai.primespark." + name.substring("spark-".length()).replace('-', '.') + "..")
                    .forEach(modules::add);
        }

        assertThat(ModuleRules.PLUGINS).containsAll(modules);
    }

    @Test
    void theEngineWritesNoPluginsNameInItsTexts() throws IOException {
        Pattern literal = Pattern.compile("\"(?:ollama|recall|redis|nfs|s3|openai|wireguard|nut)\"");
        try (Stream<Path> sources = Files.walk(ProjectFiles.root().resolve("spark-core/src/main/java"))) {
            String found = sources.filter(file -> file.toString().endsWith(".java"))
                    .flatMap(file -> {
                        Matcher matcher = literal.matcher(ProjectFiles.read(file));
                        return matcher.results().map(hit -> file.getFileName() + ": " + hit.group());
                    })
                    .collect(Collectors.joining("\n"));

            assertThat(found).isEmpty();
        }
    }

    @Test
    void everyModuleSaysWhatItIsFor() throws IOException {
        String pom = ProjectFiles.read(ProjectFiles.root().resolve("pom.xml"));
        Set<String> modules = Pattern.compile("<module>([^<]+)</module>")
                .matcher(pom)
                .results()
                .map(hit -> hit.group(1))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(modules)
                .hasSizeGreaterThan(15)
                .allSatisfy(
                        module -> assertThat(ProjectFiles.root().resolve(module).resolve("README.md"))
                                .isNotEmptyFile());
    }

    @Test
    void theListOfApiPackagesIsComplete() throws IOException {
        Path api = ProjectFiles.root().resolve("spark-api/src/main/java");
        try (Stream<Path> files = Files.walk(api)) {
            Set<String> packages = files.filter(file -> file.endsWith("package-info.java"))
                    .map(file -> api.relativize(file.getParent())
                            .toString()
                            .replace('/', '.')
                            .replace('\\', '.'))
                    .collect(Collectors.toCollection(TreeSet::new));

            assertThat(new TreeSet<>(Arrays.asList(ModuleRules.API))).isEqualTo(packages);
        }
    }
}
