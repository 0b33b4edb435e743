package ai.primespark.it.docs;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.it.ProjectFiles;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every sample in the README and in docs/ compiles against the API as it is. */
class DocumentedSamplesTest {

    private static final Pattern BLOCK = Pattern.compile("```(java|hocon)\\R(.*?)```", Pattern.DOTALL);

    private static final String IMPORTS = """
            import ai.primespark.*;
            import ai.primespark.agent.*;
            import ai.primespark.auth.*;
            import ai.primespark.event.*;
            import ai.primespark.health.*;
            import ai.primespark.llm.*;
            import ai.primespark.memory.*;
            import ai.primespark.power.*;
            import ai.primespark.spi.*;
            import ai.primespark.vpn.*;
            import ai.primespark.vpn.wireguard.*;
            import java.io.*;
            import java.net.URI;
            import java.nio.file.*;
            import java.time.*;
            import java.util.*;
            import java.util.concurrent.*;
            """;

    private static final String METHOD = """

            @SuppressWarnings({"rawtypes", "unchecked"})
            abstract class Sample {
                record Profile(String name) {}
                abstract Profile fetchProfile(int id);
                void sample(PrimeSpark spark, Profile profile) throws Exception {
            """;

    @TempDir
    Path classes;

    record Sample(String place, String language, String text) {
        @Override
        public String toString() {
            return place + " (" + language + ")";
        }
    }

    static List<Sample> samples() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(ProjectFiles.root().resolve("README.md")));
        try (Stream<Path> docs = Files.walk(ProjectFiles.root().resolve("docs"))) {
            docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
        }
        List<Sample> samples = new ArrayList<>();
        for (Path page : pages) {
            String text = ProjectFiles.read(page);
            BLOCK.matcher(text).results().forEach(block -> {
                long line = text.substring(0, block.start()).lines().count() + 1;
                samples.add(new Sample(page.getFileName() + ":" + line, block.group(1), block.group(2)));
            });
        }
        return samples;
    }

    @Test
    void thereAreSamples() throws IOException {
        assertThat(samples()).hasSizeGreaterThan(8);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void isValid(Sample sample) throws IOException {
        if (sample.language().equals("hocon")) {
            assertThat(ConfigFactory.parseString(sample.text()).root().keySet())
                    .containsAnyOf("primespark", "prime-spark-server"); // the second is the example server's own
        } else {
            assertThat(compile(sample.text())).isEmpty();
        }
    }

    /** A sample that builds its own instance is not given one. */
    private static String method(String sample) {
        return sample.contains("PrimeSpark spark =") ? METHOD.replace("PrimeSpark spark, ", "") : METHOD;
    }

    /** Statements are put into a method; whole classes are taken as they are. */
    private String compile(String sample) throws IOException {
        boolean whole = Pattern.compile("^(public |final |package |import )", Pattern.MULTILINE)
                .matcher(sample)
                .find();
        String source = whole
                ? (sample.contains("import ") ? "" : IMPORTS) + sample
                : IMPORTS + method(sample) + sample + "\n}\n}\n";
        String name = whole
                ? Pattern.compile("\\b(?:class|record|interface) (\\w+)")
                        .matcher(sample)
                        .results()
                        .findFirst()
                        .orElseThrow()
                        .group(1)
                : "Sample";
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            JavaFileObject file =
                    new SimpleJavaFileObject(URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
                        @Override
                        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                            return source;
                        }
                    };
            boolean compiled = compiler.getTask(
                            messages,
                            files,
                            null,
                            List.of(
                                    "-proc:none",
                                    "-d",
                                    classes.toString(),
                                    "-cp",
                                    System.getProperty("java.class.path")),
                            null,
                            List.of(file))
                    .call();
            return compiled ? "" : messages.toString();
        }
    }
}
