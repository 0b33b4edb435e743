package ai.primespark.it.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.it.ProjectFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** deploy.sh for real, in a copy of the deployment, with a docker on the path that notes what it is told. */
class DeployScriptTest {

    private static final List<String> SECRETS =
            List.of("jwt_secret", "redis_password", "minio_secret_key", "grafana_password");

    @TempDir
    Path folder;

    private Path deployment;
    private Path bin;
    private Path calls;

    @BeforeEach
    void copyAndFake() throws IOException {
        deployment = Deployment.copyTo(folder.resolve("project"));
        bin = Files.createDirectories(folder.resolve("bin"));
        calls = Files.createFile(folder.resolve("calls"));
        docker("2.39.1");
    }

    private void docker(String version) throws IOException {
        Deployment.script(
                bin.resolve("docker"),
                "#!/bin/sh",
                "echo \"$*\" >>" + calls,
                "case \"$*\" in",
                "'compose version --short') echo " + version + " ;;",
                "'info --format'*) echo true ;;",
                "esac");
    }

    private Run deploy(String... arguments) {
        return deploy(Map.of(), arguments);
    }

    private Run deploy(Map<String, String> environment, String... arguments) {
        Map<String, String> all = new TreeMap<>(environment);
        all.putIfAbsent("PATH", bin + ":" + System.getenv("PATH"));
        List<String> command =
                new ArrayList<>(List.of(deployment.resolve("deploy.sh").toString()));
        command.addAll(List.of(arguments));
        return Run.of(folder, all, command);
    }

    private Path secret(String name) {
        return deployment.resolve("secrets").resolve(name);
    }

    private String env() {
        return ProjectFiles.read(deployment.resolve(".env"));
    }

    /** Every file with its contents and rights. */
    private Map<String, String> snapshot() throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(deployment)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(
                        deployment.relativize(file).toString(),
                        Deployment.permissions(file) + " " + Files.getLastModifiedTime(file) + "\n"
                                + ProjectFiles.read(file));
            }
        }
        return files;
    }

    @Test
    void theFirstRunMakesEverythingAndStartsIt() throws IOException {
        Run run = deploy();

        assertThat(run.exit()).as(run.text()).isZero();
        assertThat(run.text())
                .contains(
                        "made .env from .env.example", "it runs: http://127.0.0.1:8000", "docker compose logs server");
        assertThat(Deployment.permissions(deployment.resolve(".env"))).isEqualTo("rw-------");
        assertThat(Deployment.permissions(deployment.resolve("secrets"))).isEqualTo("rwx------");
        for (String name : SECRETS) {
            assertThat(Files.readString(secret(name))).matches("[0-9a-f]{64}\n");
            assertThat(Deployment.permissions(secret(name))).isEqualTo("rw-------");
            assertThat(run.text()).doesNotContain(Files.readString(secret(name)).strip());
        }
        assertThat(Deployment.permissions(secret("server.env"))).isEqualTo("rw-------");
        assertThat(Files.readAllLines(calls).stream().filter(line -> line.matches("compose (config|build|up).*")))
                .hasSize(3)
                .anyMatch(line -> line.endsWith("config --quiet"))
                .anyMatch(line -> line.endsWith("build"))
                .anyMatch(line -> line.endsWith("up --detach --wait --remove-orphans"));
        assertThat(Files.readString(calls))
                .doesNotContain(Files.readString(secret("jwt_secret")).strip());
    }

    @Test
    void theServersFileHoldsTheSecretsTheQueueAndOurSettings() throws IOException {
        deploy("config");
        Files.writeString(
                deployment.resolve(".env"),
                env() + "PRIMESPARK_NODE_ID=pi\nADMIN_PASSWORD='a $good \"one\" # \\ here'\n");
        deploy("config");

        String password = Files.readString(secret("redis_password")).strip();
        assertThat(Files.readString(secret("server.env")))
                .contains(
                        "JWT_SECRET=" + Files.readString(secret("jwt_secret")),
                        "REDIS_PASSWORD=" + password + "\n",
                        "MINIO_ACCESS_KEY=primespark\n",
                        "ADMIN_PASSWORD=\"a \\$good \\\"one\\\" # \\\\ here\"\n",
                        "PRIMESPARK_NODE_ID=pi\n",
                        "url = \"redis://redis:6379\", password = \"" + password + "\", durable = true}'\n");
    }

    @Test
    void aSecondRunChangesNothing() throws IOException {
        deploy();
        Map<String, String> before = snapshot();

        Run again = deploy();

        assertThat(again.exit()).isZero();
        assertThat(again.text()).doesNotContain("generated", "made", "set ");
        assertThat(snapshot()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"up", "config"})
    void aDryRunLeavesNothing(String command) throws IOException {
        Map<String, String> before = snapshot();

        Run run = deploy(command, "--dry-run", "--profile", "monitoring");

        assertThat(run.exit()).as(run.text()).isZero();
        assertThat(run.text())
                .contains(
                        "would make .env",
                        "would generate secrets/jwt_secret",
                        "would set COMPOSE_PROFILES=monitoring");
        assertThat(snapshot()).isEqualTo(before);
        assertThat(Files.readString(calls)).doesNotContain("up --detach", "build");
        assertThat(run.text().contains("would run: docker compose up")).isEqualTo(command.equals("up"));
    }

    @Test
    void aDryRunOfADeploymentThatIsThereLeavesItAlone() throws IOException {
        deploy();
        Map<String, String> before = snapshot();

        assertThat(deploy("--dry-run").exit()).isZero();

        assertThat(snapshot()).isEqualTo(before);
    }

    @Test
    void everythingThatIsMissingIsNamedAtOnce() throws IOException {
        Deployment.script(bin.resolve("docker"), "#!/bin/sh", "case \"$1\" in info | compose) exit 1 ;; esac");

        Run run = deploy();

        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.text()).contains("access to the Docker daemon", "docker-compose-plugin", "2.20.2");
        assertThat(deployment.resolve(".env")).doesNotExist();
    }

    @Test
    void aMissingDockerIsNamedWithWhereToGetIt() throws IOException {
        Path few = Files.createDirectories(folder.resolve("few"));
        for (String program : List.of("bash", "env", "dirname", "od", "awk", "sort", "df", "mktemp", "uname", "head")) {
            Files.createSymbolicLink(few.resolve(program), Run.find(program).orElseThrow());
        }

        Run run = deploy(Map.of("PATH", few.toString()), "check");

        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.text()).contains("missing: Docker Engine: see https://docs.docker.com/engine/install/");
    }

    @ParameterizedTest
    @CsvSource({"2.20.1,false", "1.29.2,false", "2.20.2,true", "v2.40.0,true", "5.0.0,true"})
    void composeMustBeNewEnough(String version, boolean accepted) throws IOException {
        docker(version);
        assertThat(deploy("check").exit() == 0).isEqualTo(accepted);
    }

    @Test
    void placeholdersAreRefusedByNameAndNotShown() throws IOException {
        Files.writeString(
                deployment.resolve(".env"),
                "JWT_SECRET=change_me_in_production\nexport REDIS_PASSWORD='CHANGEME1'\n#MINIO_SECRET_KEY=change_me\n");

        Run run = deploy("config");

        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.text())
                .contains("  JWT_SECRET\n", "  REDIS_PASSWORD\n")
                .doesNotContain("in_production", "CHANGEME1", "MINIO_SECRET_KEY");
        assertThat(secret("jwt_secret")).doesNotExist();
    }

    @Test
    void secretsOfAnOlderDotEnvAreTakenOver() throws IOException {
        String jwt = "0123456789abcdef0123456789abcdef";
        Files.writeString(
                deployment.resolve(".env"),
                "# mine\r\nJWT_SECRET=\"" + jwt
                        + "\"  # from the old one\r\nREDIS_PASSWORD=my-old-redis-password # x\r\nAPI_PORT=9000\r\n");

        Run run = deploy();

        assertThat(run.exit()).as(run.text()).isZero();
        assertThat(Files.readString(secret("jwt_secret"))).isEqualTo(jwt + "\n");
        assertThat(Files.readString(secret("redis_password"))).isEqualTo("my-old-redis-password\n");
        assertThat(run.text())
                .contains("taken from JWT_SECRET in .env", "it runs: http://127.0.0.1:9000")
                .doesNotContain(jwt, "my-old-redis");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "JWT_SECRET=tiny",
                "REDIS_PASSWORD=has a space in it",
                "ADMIN_PASSWORD=short-1",
                "MINIO_SECRET_KEY=x$y$z-1234"
            })
    void secretsThatWouldBreakAFileOrAreTooShortAreRefused(String line) throws IOException {
        Files.writeString(deployment.resolve(".env"), line + "\n");

        Run run = deploy("config");

        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.text())
                .contains(line.substring(0, line.indexOf('=')))
                .doesNotContain(line.substring(line.indexOf('=') + 1));
    }

    @Test
    void aProfileIsRememberedAndLetsPrometheusIn() {
        deploy("--profile", "monitoring");
        deploy("--profile", "nas", "--profile", "monitoring");

        assertThat(env()).contains("\nCOMPOSE_PROFILES=monitoring,nas\n", "\nPRIME_SPARK_SERVER_METRICS=everybody\n");
        assertThat(env().lines().filter(line -> line.startsWith("COMPOSE_PROFILES=")))
                .hasSize(1);
    }

    @Test
    void theContainersRunAsWhoDeploysOrAsNobodyForRoot() throws IOException {
        boolean root = Run.of(folder, "id", "-u").text().equals("0\n");
        deploy("config");

        assertThat(Deployment.find("^SPARK_UID=(\\d+)$", env()))
                .containsExactly(
                        root ? "10001" : Run.of(folder, "id", "-u").text().strip());
        assertThat(Files.getAttribute(secret("jwt_secret"), "unix:uid"))
                .isEqualTo(Integer.parseInt(
                        Deployment.find("^SPARK_UID=(\\d+)$", env()).iterator().next()));
    }

    @Test
    void whoeverIsNotRootDeploysForHimself() throws IOException {
        Deployment.script(bin.resolve("id"), "#!/bin/sh", "echo 1234");
        deploy("config");
        assertThat(env()).contains("\nSPARK_UID=1234\n", "\nSPARK_GID=1234\n");

        Files.writeString(deployment.resolve(".env"), "SPARK_UID=10001\nSPARK_GID=10001\n");
        assertThat(deploy("config").text()).contains("are 10001:10001, who could not read the secrets of 1234:1234");
    }

    @Test
    void aSecretIsPrintedOnlyWhenItIsAskedFor() throws IOException {
        assertThat(deploy("secret", "grafana_password").text()).contains("is not there yet");
        deploy("config");

        assertThat(deploy("secret", "grafana_password"))
                .isEqualTo(new Run(0, Files.readString(secret("grafana_password"))));
        assertThat(deploy("secret", "../.env").exit()).isEqualTo(2);
    }

    @Test
    void whatRunsCanBeSeenAndStopped() throws IOException {
        assertThat(deploy("status")).isEqualTo(new Run(1, "deploy: nothing is deployed here yet; run deploy.sh\n"));
        deploy("config");
        assertThat(deploy("down").exit()).isZero();

        assertThat(Files.readAllLines(calls)).last().asString().endsWith(" down");
        assertThat(secret("jwt_secret")).exists();
    }

    /** Services that the last run has taken away before it started all, so that they are made anew. */
    private List<String> renewedBy(String... arguments) throws IOException {
        Files.writeString(calls, "");
        Run run = deploy(arguments);
        assertThat(run.exit()).as(run.text()).isZero();
        List<String> composed = Files.readAllLines(calls).stream()
                .filter(line -> line.matches("compose (rm|up) .*"))
                .toList();
        assertThat(composed).last().asString().startsWith("compose up ");
        String first = composed.get(0);
        return first.startsWith("compose rm --stop --force ")
                ? List.of(first.substring("compose rm --stop --force ".length()).split(" "))
                : List.of();
    }

    private void append(String file, String text) throws IOException {
        Files.writeString(deployment.resolve(file), text, StandardOpenOption.APPEND);
    }

    @Test
    void whatMountsAFileThatHasChangedIsStartedAnewOnce() throws IOException {
        assertThat(renewedBy("--profile", "monitoring")).isEmpty();

        append(".env", "PRIMESPARK_NODE_ID=pi\n");
        assertThat(renewedBy()).containsExactly("server");
        assertThat(renewedBy()).isEmpty();

        append(".env", "REDIS_PASSWORD=another-redis-password\n");
        assertThat(renewedBy()).containsExactly("server", "redis"); // both hold it

        append("monitoring/alerts.yml", "# mine\n");
        append("redis/redis.conf", "# mine\n");
        assertThat(renewedBy()).containsExactly("redis", "prometheus");

        append("monitoring/grafana/provisioning/dashboards/prime-spark.yml", "# mine\n");
        assertThat(renewedBy()).containsExactly("grafana");
        assertThat(renewedBy()).isEmpty();
    }

    @Test
    void whatDoesNotRunIsNotStartedAnewNorIsWhatIsStartedForTheFirstTime() throws IOException {
        deploy();
        append("monitoring/alerts.yml", "# mine\n");
        assertThat(renewedBy()).isEmpty(); // no Prometheus here

        assertThat(renewedBy("--profile", "monitoring"))
                .containsExactly("server"); // which lets Prometheus in from now on
    }

    @Test
    void afterAStartThatFailedItIsTriedAgain() throws IOException {
        deploy();
        append("redis/redis.conf", "# mine\n");
        String works = Files.readString(bin.resolve("docker"));
        Files.writeString(bin.resolve("docker"), works.replace("esac", "'compose up '*) exit 1 ;;\nesac"));
        assertThat(deploy().exit()).isEqualTo(1);
        Files.writeString(bin.resolve("docker"), works);

        assertThat(renewedBy()).containsExactly("redis");
    }

    @Test
    void aDryRunSaysWhatWouldBeStartedAnew() throws IOException {
        deploy();
        append("redis/redis.conf", "# mine\n");

        assertThat(deploy("--dry-run").text()).contains("would run: docker compose rm --stop --force redis\n");
        assertThat(renewedBy()).containsExactly("redis");
    }

    /** Another file in the Compose file has to be known to deploy.sh, too. */
    @Test
    void everyFileThatAServiceMountsIsLookedAt() {
        String looked = Deployment.read("deploy.sh");
        looked = looked.substring(looked.indexOf("mounted() {"), looked.indexOf("what_is_mounted() {"));
        Map<?, ?> services = (Map<?, ?>) Deployment.yaml("docker-compose.yml").get("services");
        for (Map.Entry<?, ?> service : services.entrySet()) {
            List<?> volumes = (List<?>) ((Map<?, ?>) service.getValue()).get("volumes");
            boolean stays = !"no".equals(((Map<?, ?>) service.getValue()).get("restart"));
            for (Object volume : stays && volumes != null ? volumes : List.of()) {
                String file = String.valueOf(volume).split(":")[0];
                if (file.startsWith("./") && !file.endsWith("/dashboards")) { // Grafana itself looks at those
                    assertThat(looked).contains(service.getKey() + ") cat ").contains(file.substring(2));
                }
            }
        }
    }

    @Test
    void mistakesOnTheCommandLineAreNamed() {
        assertThat(deploy("--profil", "x"))
                .isEqualTo(new Run(2, "deploy: unknown argument '--profil'; see deploy.sh --help\n"));
        assertThat(deploy("--profile", "gpu").text())
                .contains("there is no profile 'gpu'; the profiles are monitoring and nas");
        assertThat(deploy("--help").text()).contains("--dry-run", "secret NAME");
    }
}
