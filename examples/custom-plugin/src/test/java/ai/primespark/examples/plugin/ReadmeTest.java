package ai.primespark.examples.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The README and docs/plugins.md show only code that is compiled and tested, what the README says of the size is true, and all
 * registrations agree.
 */
class ReadmeTest {

    private static final Pattern SAMPLE = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);

    private static final Path MANUAL = Path.of("../../docs/plugins.md");

    @Test
    void everyJavaSampleOfTheReadmeIsPartOfACompiledSource() throws IOException {
        everySampleIsPartOfACompiledSource(Path.of("README.md"), 3);
    }

    @Test
    void everyJavaSampleOfTheManualIsPartOfACompiledSource() throws IOException {
        everySampleIsPartOfACompiledSource(MANUAL, 6);
    }

    private static void everySampleIsPartOfACompiledSource(Path page, int atLeast) throws IOException {
        List<String> sources = sources();
        List<String> samples = samples(page);
        assertThat(samples).hasSizeGreaterThanOrEqualTo(atLeast);
        assertThat(samples)
                .allSatisfy(sample -> assertThat(sources)
                        .as("sources that contain the sample: %s", sample)
                        .anyMatch(source -> source.contains(withoutSpace(sample))));
    }

    @Test
    void theWholePluginHasFewerThan150LinesOfCode() throws IOException {
        long lines = 0;
        for (String name : List.of("HeapTier", "HeapTierProvider", "Phrasebook", "PhrasebookProvider")) {
            Path source = Path.of("src/main/java/ai/primespark/examples/plugin", name + ".java");
            lines += Files.readAllLines(source).stream()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("/") && !line.startsWith("*"))
                    .filter(line -> !line.startsWith("package ") && !line.startsWith("import "))
                    .count();
        }
        assertThat(lines).isBetween(1L, 149L);
    }

    @Test
    void servicesFilesAndModuleDescriptorRegisterTheSameProviders() throws IOException {
        try (InputStream file = Files.newInputStream(Path.of("target/classes/module-info.class"))) {
            ModuleDescriptor module = ModuleDescriptor.read(file);
            assertThat(module.provides())
                    .hasSize(2)
                    .allSatisfy(provides -> assertThat(
                                    Files.readAllLines(Path.of("target/classes/META-INF/services", provides.service())))
                            .isEqualTo(provides.providers()));
        }
    }

    @Test
    void theManualRegistersWhatTheExampleRegisters() throws IOException {
        Pattern line = Pattern.compile("(?m)^(ai\\.primespark\\.spi\\.\\w+) +(\\S+)$");
        Matcher found = line.matcher(Files.readString(MANUAL));
        int registered = 0;
        while (found.find()) {
            assertThat(Path.of("src/main/resources/META-INF/services", found.group(1)))
                    .content()
                    .isEqualToIgnoringNewLines(found.group(2));
            registered++;
        }
        assertThat(registered).isEqualTo(2);
    }

    private static List<String> samples(Path page) throws IOException {
        List<String> samples = new ArrayList<>();
        Matcher matcher = SAMPLE.matcher(Files.readString(page));
        while (matcher.find()) {
            samples.add(matcher.group(1));
        }
        return samples;
    }

    private static List<String> sources() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src"))) {
            List<String> sources = new ArrayList<>();
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                sources.add(withoutSpace(Files.readString(file)));
            }
            return sources;
        }
    }

    private static String withoutSpace(String text) {
        return text.replaceAll("\\s+", "");
    }
}
