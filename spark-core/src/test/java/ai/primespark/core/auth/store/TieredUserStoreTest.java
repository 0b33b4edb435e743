package ai.primespark.core.auth.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import ai.primespark.ConfigurationException;
import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.Secret;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.auth.AuthUnavailableException;
import ai.primespark.auth.InvalidTokenException;
import ai.primespark.auth.LoginFailedException;
import ai.primespark.auth.Tokens;
import ai.primespark.auth.User;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierTrait;
import ai.primespark.spi.UserStore;
import ai.primespark.testkit.FlakyTier;
import ai.primespark.testkit.InMemoryTier;
import ai.primespark.testkit.TestContext;
import ai.primespark.testkit.TrackingServer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two servers that share accounts by a memory tier, through the public API alone. */
@Timeout(120)
class TieredUserStoreTest {

    private static final Secret PASSWORD = Secret.of("four quiet words here");
    private static final String SECRET = "Vt4mG2Jx8Qb7Zr1Lw9Kd3Hs6Yn5Pc0Fa-Ue";

    @TempDir
    Path dir;

    private final TrackingServer server = new TrackingServer(Clock.systemUTC());
    private final List<PrimeSpark> instances = new ArrayList<>();
    private final List<FlakyTier> lines = new ArrayList<>();

    private SparkConfig config(String name) {
        return SparkConfig.empty()
                .with("primespark.data-dir", dir.resolve(name))
                .with("primespark.node-id", name)
                .with("primespark.auth.store", ProviderSpec.of("memory-tiers"))
                .with("primespark.auth.jwt.secret", SECRET)
                .with("primespark.auth.recheck-interval", Duration.ofMillis(100));
    }

    /** With a near tier of its own in front of the shared server. */
    private PrimeSpark open(String name) {
        FlakyTier line = new FlakyTier(server.connect(TierTrait.SHARED, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS));
        lines.add(line);
        PrimeSpark spark = SharedTierProvider.open(config(name), line);
        instances.add(spark);
        return spark;
    }

    private FlakyTier tier(TierTrait... traits) {
        FlakyTier line = new FlakyTier(new InMemoryTier(traits));
        lines.add(line);
        return line;
    }

    private PrimeSpark open(SparkConfig config, FlakyTier decides, FlakyTier nas) {
        PrimeSpark spark = PrimeSpark.builder()
                .discovery(false)
                .config(config)
                .memoryTier("decides", Zone.EDGE, decides)
                .memoryTier("nas", Zone.EDGE, nas)
                .build();
        instances.add(spark);
        return spark;
    }

    @AfterEach
    void close() {
        lines.forEach(FlakyTier::heal);
        instances.forEach(PrimeSpark::close);
    }

    @Test
    void whatOneServerChangesCountsOnTheOther() {
        PrimeSpark here = open("here");
        PrimeSpark there = open("there");
        var unused = here.auth().users().create("root", PASSWORD, Set.of("admin"));
        Tokens tokens = here.auth().login("root", PASSWORD, null);

        assertThat(there.auth().verify(tokens.accessToken().reveal()).roles()).containsExactly("admin");
        assertThat(there.auth().users().createFirstAdmin("admin")).isEmpty();
        Tokens renewed = there.auth().refresh(tokens.refreshToken());
        Tokens again = here.auth().refresh(renewed.refreshToken());
        assertThat(there.auth().verify(again.accessToken().reveal()).username()).isEqualTo("root");

        there.auth().revoke(again.principal().sessionId());
        assertThat(catchThrowable(() -> there.auth().verify(again.accessToken().reveal())))
                .isInstanceOf(InvalidTokenException.class);
        await().until(() ->
                catchThrowable(() -> here.auth().verify(again.accessToken().reveal()))
                        instanceof InvalidTokenException);
    }

    @Test
    void aReusedTokenEndsTheSessionWhicheverServerIsAsked() {
        PrimeSpark here = open("here");
        PrimeSpark there = open("there");
        var unused = here.auth().users().create("root", PASSWORD, Set.of("admin"));
        Tokens first = here.auth().login("root", PASSWORD, null);
        Tokens second = here.auth().refresh(first.refreshToken());

        InvalidTokenException reused =
                (InvalidTokenException) catchThrowable(() -> there.auth().refresh(first.refreshToken()));

        assertThat(reused.reason()).isEqualTo(InvalidTokenException.Reason.REUSED);
        InvalidTokenException after =
                (InvalidTokenException) catchThrowable(() -> here.auth().refresh(second.refreshToken()));
        assertThat(after.reason()).isEqualTo(InvalidTokenException.Reason.REVOKED);
    }

    @Test
    void serversThatRenewInTurnDoNotTakeEachOthersTokensForStolenOnes() {
        PrimeSpark here = open("here");
        PrimeSpark there = open("there");
        var unused = here.auth().users().create("root", PASSWORD, Set.of("admin"));
        Tokens tokens = here.auth().login("root", PASSWORD, null);
        for (int i = 0; i < 20; i++) {
            PrimeSpark next = i % 2 == 0 ? there : here;
            tokens = next.auth().refresh(tokens.refreshToken());
            assertThat(next.auth().verify(tokens.accessToken().reveal()).username())
                    .isEqualTo("root");
        }
        assertThat(here.auth().revokeAll("root")).isEqualTo(1);
    }

    @Test
    void usesOfOneTokenOnTwoServersAtOnceGiveAtMostOneSuccessor() throws Exception {
        PrimeSpark here = open("here");
        PrimeSpark there = open("there");
        var unused = here.auth().users().create("root", PASSWORD, Set.of("admin"));
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < 10; round++) {
                Tokens tokens = here.auth().login("root", PASSWORD, null);
                List<Future<Boolean>> uses = new ArrayList<>();
                for (PrimeSpark spark : List.of(here, there)) {
                    uses.add(threads.submit(() -> {
                        Throwable refusal = catchThrowable(() -> spark.auth().refresh(tokens.refreshToken()));
                        assertThat(refusal == null || refusal instanceof InvalidTokenException)
                                .isTrue();
                        return refusal == null;
                    }));
                }
                int given = 0;
                for (Future<Boolean> use : uses) {
                    given += use.get(60, TimeUnit.SECONDS) ? 1 : 0;
                }
                assertThat(given).isLessThanOrEqualTo(1);
                String session = tokens.principal().sessionId();
                await().until(() -> catchThrowable(
                                () -> here.auth().verify(tokens.accessToken().reveal()))
                        instanceof InvalidTokenException);
                here.auth().revoke(session);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** A near tier may know an old version for some seconds where nobody tells it of changes. */
    @Test
    void afterARefusedChangeTheNextReadIsNotTheOldOneAgain() throws Exception {
        InMemoryTier.Storage storage = new InMemoryTier.Storage();
        List<TieredUserStore> stores = new ArrayList<>();
        try (TestContext context = TestContext.create()) {
            for (String name : List.of("here", "there")) {
                InMemoryTier tier = new InMemoryTier(
                        storage,
                        Clock.systemUTC(),
                        Set.of(TierTrait.SHARED, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS));
                PrimeSpark spark = SharedTierProvider.open(
                        SparkConfig.empty()
                                .with("primespark.data-dir", dir.resolve(name))
                                .with("primespark.node-id", name),
                        tier);
                instances.add(spark);
                TieredUserStoreProvider provider = new TieredUserStoreProvider();
                TieredUserStore store = (TieredUserStore) provider.create(context.with(provider, java.util.Map.of()));
                store.bind(spark.memory()::namespace);
                store.start();
                stores.add(store);
            }
            Deadline soon = Deadline.in(Duration.ofSeconds(60));
            assertThat(stores.get(0).create(account(1), soon)).isTrue();
            assertThat(stores.get(1).find("anna", soon).orElseThrow().version()).isEqualTo(1);
            for (long version = 2; version < 12; version++) {
                TieredUserStore writer = stores.get((int) (version % 2));
                TieredUserStore late = stores.get((int) ((version + 1) % 2));
                assertThat(writer.replace(account(version), soon)).isTrue();
                assertThat(late.replace(account(version), soon))
                        .as("of an old version")
                        .isFalse();
                assertThat(late.find("anna", soon).orElseThrow().version()).isEqualTo(version);
            }
        }
    }

    private static UserStore.Account account(long version) {
        Instant begin = Instant.parse("2026-01-01T00:00:00Z");
        return new UserStore.Account(
                new User("anna", Set.of("user"), true, begin, begin), Secret.of("$argon2id$x"), version);
    }

    @Test
    void whileTheSharedTierIsAwayNobodyBecomesTheFirstAdministrator() {
        PrimeSpark here = open("here");
        lines.get(0).fail(TierException.Kind.TRANSIENT);

        assertThatExceptionOfType(AuthUnavailableException.class)
                .isThrownBy(() -> here.auth().users().createFirstAdmin("admin"));
    }

    /** A copy in a colder tier needs not be asked: what the tier that decides does not have is not there. */
    @ParameterizedTest
    @EnumSource(TierException.Kind.class)
    void aTierThatDoesNotDecideMayBeAway(TierException.Kind failure) {
        FlakyTier decides = tier(TierTrait.SHARED, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS);
        FlakyTier nas = tier(TierTrait.SHARED, TierTrait.PERSISTENT);
        PrimeSpark spark = open(config("here").with("primespark.auth.max-sessions", 2L), decides, nas);
        var unused = spark.auth().users().create("root", PASSWORD, Set.of("admin"));
        Tokens before = spark.auth().login("root", PASSWORD, null);
        assertThat(spark.memory().flush(Duration.ofSeconds(60))).isTrue();
        nas.fail(failure);

        for (int i = 0; i < 3; i++) {
            assertThat(spark.auth().login("root", PASSWORD, null).principal().username())
                    .isEqualTo("root");
        }
        assertThatExceptionOfType(InvalidTokenException.class)
                .as("the oldest made room")
                .isThrownBy(() -> spark.auth().refresh(before.refreshToken()));
        for (String name : List.of("root", "nobody", "no\u0000body")) {
            assertThatExceptionOfType(LoginFailedException.class)
                    .as(name)
                    .isThrownBy(() -> spark.auth().login(name, Secret.of("not the password"), null));
        }
        assertThat(spark.auth().users().list(null, 10))
                .extracting(User::username)
                .containsExactly("root");
        var unusedToo = spark.auth().users().create("anna", PASSWORD, Set.of("user"));
        Tokens anna = spark.auth().login("anna", PASSWORD, null);
        assertThat(spark.auth().revokeAll("anna")).isEqualTo(1);
        assertThatExceptionOfType(InvalidTokenException.class)
                .isThrownBy(() -> spark.auth().verify(anna.accessToken().reveal()));
        spark.auth().users().changePassword("root", PASSWORD, Secret.of("another few words"));
        assertThat(spark.auth().users().delete("anna")).isTrue();
    }

    @Test
    void whileTheTierThatDecidesIsAwayNobodyCanTellWhoExists() {
        FlakyTier decides = tier(TierTrait.SHARED, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS);
        FlakyTier nas = tier(TierTrait.SHARED, TierTrait.PERSISTENT);
        PrimeSpark spark = open(config("here"), decides, nas);
        var unused = spark.auth().users().create("root", PASSWORD, Set.of("admin"));
        assertThat(spark.memory().flush(Duration.ofSeconds(60))).isTrue();
        decides.fail(TierException.Kind.TRANSIENT);

        for (String name : List.of("root", "nobody", "no\u0000body")) {
            assertThatExceptionOfType(AuthUnavailableException.class)
                    .as(name)
                    .isThrownBy(() -> spark.auth().login(name, Secret.of("not the password"), null));
        }
        assertThatExceptionOfType(AuthUnavailableException.class)
                .isThrownBy(() -> spark.auth().revokeAll("root"));
    }

    /** As on a new machine with a new server, while the NAS that has the accounts is away. */
    @Test
    void anEmptyTierThatDecidesMakesNobodyTheFirstAdministratorWhileAnotherIsAway() {
        FlakyTier decides = tier(TierTrait.SHARED, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS);
        FlakyTier nas = tier(TierTrait.SHARED, TierTrait.PERSISTENT);
        PrimeSpark spark = open(config("new"), decides, nas);
        nas.fail(TierException.Kind.TRANSIENT);
        assertThatExceptionOfType(AuthUnavailableException.class)
                .isThrownBy(() -> spark.auth().users().createFirstAdmin("admin"))
                .withMessageContaining("nas");

        nas.heal();
        await().until(() -> catchThrowable(() -> spark.auth().users().list(null, 1)) == null);
        assertThat(spark.auth().users().createFirstAdmin("admin")).isPresent();
    }

    @Test
    void withoutATierThatIsNearEnoughTheConfigurationIsRefused() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> {
                    try (PrimeSpark spark = PrimeSpark.builder()
                            .discovery(false)
                            .config(config("far"))
                            .memoryTier("far", Zone.CLOUD, new InMemoryTier(TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS))
                            .build()) {
                        assertThat(spark).isNull();
                    }
                })
                .withMessageContaining("spark-auth");
    }
}
