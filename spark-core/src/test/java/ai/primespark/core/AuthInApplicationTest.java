package ai.primespark.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import ai.primespark.ConfigProblem;
import ai.primespark.ConfigurationException;
import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.Secret;
import ai.primespark.SparkConfig;
import ai.primespark.auth.AuthPrincipal;
import ai.primespark.auth.AuthUnavailableException;
import ai.primespark.auth.LoginFailedException;
import ai.primespark.auth.Permission;
import ai.primespark.auth.PermissionDeniedException;
import ai.primespark.auth.Tokens;
import ai.primespark.core.auth.store.MemoryUserStoreProvider;
import ai.primespark.health.HealthIndicator;
import ai.primespark.health.HealthResult;
import ai.primespark.health.HealthStatus;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.UserStore;
import ai.primespark.spi.UserStoreProvider;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Auth as an application uses it: by the public API, without any web framework, with real hashes and files. */
@Timeout(120)
class AuthInApplicationTest {

    private static final Secret PASSWORD = Secret.of("four quiet words here");

    @TempDir
    Path dir;

    private SparkConfig config() {
        return SparkConfig.empty().with("primespark.data-dir", dir.resolve("data"));
    }

    private PrimeSpark open(SparkConfig config) {
        return PrimeSpark.builder().discovery(false).config(config).build();
    }

    /** A store of the application's that can say how it is. */
    private static final class FrailStores implements UserStoreProvider {

        @Override
        public String name() {
            return "frail";
        }

        @Override
        public int spiLevel() {
            return SPI_LEVEL;
        }

        @Override
        public UserStore create(ProviderContext context) {
            UserStore inner = new MemoryUserStoreProvider().create(context);
            return (UserStore) Proxy.newProxyInstance(
                    UserStore.class.getClassLoader(), new Class<?>[] {UserStore.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("health")) {
                            HealthIndicator indicator = () -> HealthResult.degraded("the disk is nearly full");
                            return Optional.of(indicator);
                        }
                        try {
                            return method.invoke(inner, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }
    }

    @Test
    void whatAStoreSaysOfItselfIsPartOfHealth() {
        try (PrimeSpark spark = PrimeSpark.builder()
                .discovery(false)
                .provider(new FrailStores())
                .config(config().with("primespark.auth.store", ProviderSpec.of("frail")))
                .build()) {
            await().untilAsserted(() -> {
                assertThat(spark.health().report().components()).containsKey("auth");
                assertThat(spark.health()
                                .report()
                                .components()
                                .get("auth")
                                .parts()
                                .values())
                        .extracting(part -> part.result().message())
                        .containsExactly("the disk is nearly full");
            });
            assertThat(spark.health().report().components().get("auth").result().status())
                    .isEqualTo(HealthStatus.DEGRADED);
        }
    }

    /** What stands between a request and an application, whatever carries the request. */
    private static String answer(PrimeSpark spark, String authorization) {
        AuthPrincipal user = spark.auth().verify(authorization.substring("Bearer ".length()));
        user.require(Permission.parse("lamp:write"));
        return user.username() + " switched the lamp";
    }

    @Test
    void anApplicationKnowsItsUsersAgainAfterARestart() throws IOException {
        Secret password;
        Tokens tokens;
        try (PrimeSpark spark = open(config())) {
            password = spark.auth().users().createFirstAdmin("admin").orElseThrow();
            var unused = spark.auth().users().create("anna", PASSWORD, Set.of("user"));
            var guest = spark.auth().users().create("guest", PASSWORD, Set.of());
            assertThat(guest.active()).isTrue();
            tokens = spark.auth().login("anna", PASSWORD, "192.0.2.1");
            String bearer = "Bearer " + tokens.accessToken().reveal();
            assertThat(answer(spark, bearer)).isEqualTo("anna switched the lamp");
            String guests =
                    spark.auth().login("guest", PASSWORD, null).accessToken().reveal();
            assertThatExceptionOfType(PermissionDeniedException.class)
                    .isThrownBy(() -> answer(spark, "Bearer " + guests));
            assertThat(spark.auth()).isSameAs(spark.auth());
            assertThat(spark.auth().users()).isSameAs(spark.auth().users());
        }
        try (PrimeSpark spark = open(config())) {
            assertThat(spark.auth().users().createFirstAdmin("admin")).isEmpty();
            assertThat(answer(spark, "Bearer " + tokens.accessToken().reveal())).startsWith("anna");
            Tokens renewed = spark.auth().refresh(tokens.refreshToken());
            spark.auth().revoke(renewed.principal().sessionId());
            assertThat(spark.auth().login("admin", password, null).principal().roles())
                    .containsExactly("admin");
        }
        assertNobodyElseCanRead(List.of(
                password.reveal(),
                PASSWORD.reveal(),
                tokens.refreshToken().reveal().split("\\.")[2]));
    }

    /** Neither passwords nor tokens in any file; and what is under auth is the owner's alone. */
    private void assertNobodyElseCanRead(List<String> secrets) throws IOException {
        List<String> bad = new ArrayList<>();
        try (Stream<Path> files = Files.walk(dir)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String content = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                if (secrets.stream().anyMatch(content::contains)) {
                    bad.add(file + " holds a secret");
                }
                if (content.contains("$argon2id$")
                        && Files.getPosixFilePermissions(file).size() != 2) {
                    bad.add(file + " may be read by others");
                }
            }
        }
        assertThat(bad).isEmpty();
        assertThat(dir.resolve("data/auth/file/accounts.json")).exists();
        assertThat(dir.resolve("data/auth/jwt-secret")).exists();
    }

    @Test
    void accountsCanBeInMemorysTiersOfOneMachine() {
        SparkConfig tiers = config().with("primespark.auth.store", ProviderSpec.of("memory-tiers"));
        try (PrimeSpark spark = open(tiers)) {
            var unused = spark.auth().users().create("anna", PASSWORD, Set.of("admin"));
        }
        try (PrimeSpark spark = open(tiers)) {
            Tokens tokens = spark.auth().login("anna", PASSWORD, null);
            assertThat(spark.auth().verify(tokens.accessToken().reveal()).roles())
                    .containsExactly("admin");
            assertThat(spark.auth().revokeAll("anna")).isEqualTo(1);
            assertThat(spark.memory().exists("account/anna"))
                    .as("in the application's own namespace")
                    .isFalse();
        }
    }

    @Test
    void authHasAPlaceInHealthAndEndsWithTheInstance() {
        PrimeSpark spark = open(config().with("primespark.auth.store", ProviderSpec.of("memory")));
        try (spark) {
            org.awaitility.Awaitility.await()
                    .until(() -> spark.health().report().components().containsKey("auth")
                            && spark.health()
                                            .report()
                                            .components()
                                            .get("auth")
                                            .result()
                                            .status()
                                    == HealthStatus.HEALTHY);
        }
        assertThatExceptionOfType(AuthUnavailableException.class)
                .isThrownBy(() -> spark.auth().login("anna", PASSWORD, null))
                .withMessageContaining("closed");
    }

    @Test
    void whatIsNotSafeIsRefusedWithItsPlaceAndItsRemedy() {
        Map<String, Object> wrong = Map.of(
                "primespark.auth.jwt.secret", "change_me_in_production_please_0123456789",
                "primespark.auth.jwt.previous-secret", "kurz-und-geheim",
                "primespark.auth.hash.memory", "1 MiB",
                "primespark.auth.throttle.user-failures", 0,
                "primespark.auth.jwt.algorithm", "none",
                "primespark.auth.roles", List.of(Map.of("name", "admin", "permissions", List.of("memory read"))));
        SparkConfig config = config();
        for (Map.Entry<String, Object> each : wrong.entrySet()) {
            config = config.with(each.getKey(), each.getValue());
        }
        SparkConfig all = config;
        ConfigurationException refusal = catchThrowableOfType(
                ConfigurationException.class, () -> open(all).close());

        assertThat(refusal.problems())
                .extracting(ConfigProblem::path)
                .contains(
                        "primespark.auth.jwt.secret",
                        "primespark.auth.jwt.previous-secret",
                        "primespark.auth.hash.memory",
                        "primespark.auth.throttle.user-failures",
                        "primespark.auth.jwt.algorithm",
                        "primespark.auth.roles[0].name",
                        "primespark.auth.roles[0].permissions");
        assertThat(refusal.getMessage())
                .contains("openssl rand")
                .doesNotContain("change_me_in_production", "kurz-und-geheim");
    }

    @Test
    void whatDoesNotFitTogetherIsRefused() {
        String strong = "Vt4mG2Jx8Qb7Zr1Lw9Kd3Hs6Yn5Pc0Fa-Ue";
        assertRefused(
                config().with("primespark.auth.jwt.algorithm", "es256").with("primespark.auth.jwt.secret", strong));
        assertRefused(config().with("primespark.auth.jwt.previous-secret", strong));
        assertRefused(config().with("primespark.auth.hash.memory", "7 MiB"));
        assertRefused(config().with("primespark.auth.throttle.first-wait", Duration.ofMinutes(20)));
        assertRefused(config().with("primespark.auth.store", ProviderSpec.of("no-such-store")));
    }

    private void assertRefused(SparkConfig config) {
        ConfigurationException refusal = catchThrowableOfType(
                ConfigurationException.class, () -> open(config).close());
        assertThat(refusal.problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.path()).startsWith("primespark.auth"));
    }

    @Test
    void anUnknownUserOnAnEmptyStoreIsJustAFailedLogin() {
        try (PrimeSpark spark = open(config())) {
            assertThatExceptionOfType(LoginFailedException.class)
                    .isThrownBy(() -> spark.auth().login("admin", Secret.of("admin"), "192.0.2.1"));
        }
    }
}
