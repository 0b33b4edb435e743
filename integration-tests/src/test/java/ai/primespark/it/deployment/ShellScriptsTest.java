package ai.primespark.it.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.it.ProjectFiles;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every shell script of the project, by its first line. */
class ShellScriptsTest {

    private static final Pattern SHELL = Pattern.compile("#!\\s?(/usr/bin/env (ba)?sh|/bin/(ba)?sh)\\b.*");
    private static final Set<String> ELSEWHERE = Set.of("target", ".git", "node_modules", "src");

    private static List<Path> scripts() throws IOException {
        List<Path> scripts = new ArrayList<>();
        Files.walkFileTree(ProjectFiles.root(), new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return ELSEWHERE.contains(folder.getFileName().toString())
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                String name = file.getFileName().toString();
                if (attributes.isRegularFile()
                        && attributes.size() < 100_000
                        && (name.endsWith(".sh") || !name.contains("."))) {
                    String first = new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1)
                            .lines()
                            .findFirst()
                            .orElse("");
                    if (SHELL.matcher(first).matches()) {
                        scripts.add(file);
                    }
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return scripts;
    }

    @Test
    @NeedsProgram(value = "shellcheck", debian = "shellcheck")
    void shellcheckHasNothingToSay() throws IOException {
        List<String> command = new ArrayList<>(List.of("shellcheck"));
        scripts().forEach(script -> command.add(script.toString()));

        assertThat(command)
                .anyMatch(script -> script.endsWith("deploy.sh"))
                .anyMatch(script -> script.endsWith(".ci/run"))
                .anyMatch(script -> script.endsWith("check-nas"));
        assertThat(Run.of(ProjectFiles.root(), command.toArray(String[]::new))).isEqualTo(new Run(0, ""));
    }

    @Test
    void scriptsCanBeExecutedAndStopAtTheFirstError() throws IOException {
        for (Path script : scripts()) {
            assertThat(Files.isExecutable(script))
                    .as("%s is executable", script)
                    .isTrue();
            assertThat(ProjectFiles.read(script)).as(script.toString()).containsPattern("(?m)^set -(e|u)");
        }
    }
}
