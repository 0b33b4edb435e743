package ai.primespark.it.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.it.JavaProcess;
import ai.primespark.it.ProjectFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A backup and its restore, with the commands of docs/operations.md. */
@Timeout(300)
class RestoreIT {

    private static final List<String> JAVA = List.of(JavaProcess.java(), "-Xmx256m");

    @TempDir
    Path folder;

    private static String commands(String page, String title) {
        Matcher block = Pattern.compile("<!-- tested: " + title + " -->\\R```sh\\R(.*?)```", Pattern.DOTALL)
                .matcher(ProjectFiles.read(ProjectFiles.root().resolve("docs").resolve(page)));
        assertThat(block.find()).as("the block '%s' of docs/%s", title, page).isTrue();
        return block.group(1);
    }

    private void run(String title, Path data) {
        run(
                "operations.md",
                title,
                Map.of(
                        "DATA",
                        data.toString(),
                        "BACKUP",
                        folder.resolve("backup").toString()));
    }

    private void run(String page, String title, Map<String, String> variables) {
        Run run = Run.of(folder, variables, List.of("bash", "-euo", "pipefail", "-c", commands(page, title)));
        assertThat(run.exit()).as(run.text()).isZero();
    }

    @Test
    void whatWasStoredIsThereAfterARestoreOnAnotherMachine() throws IOException {
        Path data = folder.resolve("old-machine");
        Files.createDirectories(folder.resolve("backup"));
        String password;
        String token;
        try (RunningServer old = RunningServer.withLogins(JAVA, folder, data)) {
            password = old.firstPassword();
            token = old.logIn(password);
            for (int i = 0; i < 20; i++) {
                String body = "{\"key\": \"note/" + i + "\", \"value\": {\"number\": " + i + "}}";
                assertThat(old.post("/api/memory/set", body).statusCode()).isEqualTo(200);
            }
            assertThat(old.terminate()).isEqualTo(143);
        }

        run("backup", data);
        Run.of(folder, "rm", "-rf", data.toString());
        Path other = folder.resolve("new-machine");
        run("restore", other);

        try (RunningServer restored = RunningServer.withLogins(JAVA, folder, other)) {
            assertThat(restored.get("/api/auth/me").statusCode()).isEqualTo(401);
            restored.useToken(token);
            assertThat(restored.get("/api/auth/me").statusCode())
                    .as("signed by the restored key")
                    .isEqualTo(200);
            restored.logIn(password);
            for (int i = 0; i < 20; i++) {
                assertThat(restored.post("/api/memory/get", "{\"key\": \"note/" + i + "\"}")
                                .body())
                        .contains("\"value\":{\"number\":" + i + "}");
            }
            assertThat(restored.post("/api/memory/get", "{\"key\": \"note/20\"}")
                            .statusCode())
                    .isEqualTo(404);
            assertThat(restored.post("/api/memory/set", "{\"key\": \"note/0\", \"value\": \"newer\"}")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(restored.output()).as("no second first administrator").doesNotContain("made 'admin'");
        }
    }

    /** As the Python program left it: the folder of a key differed from one start to the next. */
    @Test
    @NeedsProgram(value = "curl", debian = "curl")
    void whatThePythonProgramLeftOnANasCanBeTakenOver() throws IOException {
        Path cache = folder.resolve("share/prime-spark-cache");
        for (String each : List.of("0a/plan=[1]=1000", "f3/plan=[2]=2000", "f3/user 7=\"Ada\"=1500")) {
            String[] file = each.split("=");
            Path path = cache.resolve(file[0] + ".json");
            Files.createDirectories(path.getParent());
            Files.writeString(path, file[1]);
            Files.setLastModifiedTime(path, FileTime.fromMillis(Long.parseLong(file[2]) * 1000));
        }
        try (RunningServer server = RunningServer.withLogins(JAVA, folder, folder.resolve("data"))) {
            String token = server.logIn(server.firstPassword());
            run(
                    "migration.md",
                    "import",
                    Map.of(
                            "SHARE",
                            folder.resolve("share").toString(),
                            "SPARK",
                            "http://127.0.0.1:" + server.port(),
                            "TOKEN",
                            token));

            assertThat(server.post("/api/memory/get", "{\"key\": \"plan\"}").body())
                    .contains("\"value\":[2]");
            assertThat(server.post("/api/memory/get", "{\"key\": \"user 7\"}").body())
                    .contains("\"value\":\"Ada\"");
        }
    }
}
