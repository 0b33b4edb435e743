package ai.primespark.core.auth;

import ai.primespark.ProviderSpec;
import ai.primespark.Secret;
import ai.primespark.auth.Permission;
import ai.primespark.auth.Role;
import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The settings of {@code primespark.auth}. */
public final class AuthSettings {

    private static final String VISIBLE = "[!-~]{1,256}";

    public static final Setting<ProviderSpec> STORE = Setting.provider(
                    "store", "Where accounts and sessions are kept; by default in files of this machine.")
            .optional();

    static final Setting<JwtAlgorithm> ALGORITHM = Setting.choice(
                    "jwt.algorithm",
                    JwtAlgorithm.class,
                    "How access tokens are signed: hs256 with a shared secret, es256 with a key pair that changes by itself and whose"
                            + " public half others can fetch.")
            .defaultsTo(JwtAlgorithm.HS256);

    static final Setting<Secret> SECRET = Setting.secret(
                    "jwt.secret",
                    "The secret that hs256 signs with; the same on all servers that share users. Without it: one that is made once"
                            + " and kept in keys-file.")
            .must(SecretStrength::isStrong, SecretStrength.RULE)
            .optional();

    static final Setting<Secret> PREVIOUS_SECRET = Setting.secret(
                    "jwt.previous-secret",
                    "The secret before this one: tokens signed with it are accepted until they end. Remove it after"
                            + " access-token-life.")
            .must(SecretStrength::isStrong, SecretStrength.RULE)
            .optional();

    static final Setting<Path> KEYS_FILE = Setting.path(
                    "jwt.keys-file",
                    "Where keys are kept that the engine makes, readable by the owner alone. Without it: a file below the data"
                            + " directory.")
            .optional();

    static final Setting<Duration> ROTATE_AFTER = Setting.duration(
                    "jwt.rotate-after",
                    "How long es256 signs with one key. The old key verifies until its tokens have ended; 0 s for never.")
            .must(time -> time.isZero() || time.compareTo(Duration.ofHours(1)) >= 0, "0 s or at least 1 h")
            .atMost(Duration.ofDays(3_650))
            .defaultsTo(Duration.ofDays(90));

    static final Setting<String> ISSUER = Setting.text(
                    "jwt.issuer", "Who issues tokens (iss); tokens of another issuer are refused.")
            .must(text -> text.matches(VISIBLE), "1 to 256 visible ASCII characters")
            .defaultsTo("prime-spark");

    static final Setting<String> AUDIENCE = Setting.text(
                    "jwt.audience", "Whom tokens are for (aud); tokens for somebody else are refused.")
            .must(text -> text.matches(VISIBLE), "1 to 256 visible ASCII characters")
            .defaultsTo("prime-spark");

    static final Setting<Duration> CLOCK_SKEW = Setting.duration(
                    "jwt.clock-skew", "How far the clocks of servers that share keys may differ.")
            .atLeast(Duration.ZERO)
            .atMost(Duration.ofMinutes(5))
            .defaultsTo(Duration.ofSeconds(30));

    static final Setting<Duration> ACCESS_TOKEN_LIFE = Setting.duration(
                    "access-token-life", "How long an access token is good for.")
            .atLeast(Duration.ofSeconds(1))
            .atMost(Duration.ofDays(30))
            .defaultsTo(Duration.ofMinutes(15));

    static final Setting<Duration> SESSION_IDLE = Setting.duration(
                    "session-idle", "How long a refresh token is good for; each use gives a new one.")
            .atLeast(Duration.ofMinutes(1))
            .atMost(Duration.ofDays(3_650))
            .defaultsTo(Duration.ofDays(14));

    static final Setting<Duration> SESSION_LIFE = Setting.duration(
                    "session-life", "After how long a user must log in again, however often the session was refreshed.")
            .atLeast(Duration.ofMinutes(1))
            .atMost(Duration.ofDays(3_650))
            .defaultsTo(Duration.ofDays(90));

    static final Setting<Long> MAX_SESSIONS = Setting.number(
                    "max-sessions", "How many sessions a user has at most; a login beyond ends the oldest.")
            .atLeast(1L)
            .atMost(1_000L)
            .defaultsTo(50L);

    static final Setting<Duration> RECHECK_INTERVAL = Setting.duration(
                    "recheck-interval",
                    "How long this process believes what it knows of a session and its account before it asks the store again:"
                            + " what another server has revoked is refused here after that. Its own changes count at once.")
            .atLeast(Duration.ZERO)
            .atMost(Duration.ofMinutes(5))
            .defaultsTo(Duration.ofSeconds(5));

    static final Setting<Duration> STORE_TIMEOUT = Setting.duration(
                    "store-timeout", "How long the user store may take to answer.")
            .atLeast(Duration.ofMillis(10))
            .atMost(Duration.ofMinutes(1))
            .defaultsTo(Duration.ofSeconds(5));

    static final Setting<Long> HASH_MEMORY = Setting.bytes(
                    "hash.memory",
                    "How much memory hashing one password takes (Argon2id). memory times iterations must be at least 35 MiB.")
            .atLeast(7L << 20)
            .atMost(1L << 30)
            .defaultsTo(19L << 20);

    static final Setting<Long> HASH_ITERATIONS = Setting.number(
                    "hash.iterations", "How many passes hashing one password makes over that memory.")
            .atLeast(1L)
            .atMost(100L)
            .defaultsTo(2L);

    static final Setting<Long> HASH_CONCURRENT = Setting.number(
                    "hash.concurrent",
                    "How many passwords are hashed at once; other logins wait their turn. By default half as many as there are"
                            + " processors, no more than fit into half of the heap, and at least one.")
            .atLeast(1L)
            .atMost(256L)
            .optional();

    static final Setting<Long> THROTTLE_USER = Setting.number(
                    "throttle.user-failures",
                    "How many failed logins of one user are free; from then on each costs a wait.")
            .atLeast(1L)
            .atMost(1_000L)
            .defaultsTo(5L);

    static final Setting<Long> THROTTLE_CLIENT = Setting.number(
                    "throttle.client-failures",
                    "How many failed logins from one address are free; an IPv6 address counts as its network of 64 bits.")
            .atLeast(1L)
            .atMost(100_000L)
            .defaultsTo(20L);

    static final Setting<Duration> THROTTLE_FIRST = Setting.duration(
                    "throttle.first-wait", "The first wait; each further failure doubles it.")
            .atLeast(Duration.ofMillis(1))
            .atMost(Duration.ofHours(1))
            .defaultsTo(Duration.ofSeconds(1));

    static final Setting<Duration> THROTTLE_MOST = Setting.duration("throttle.longest-wait", "The longest wait.")
            .atLeast(Duration.ofMillis(1))
            .atMost(Duration.ofDays(1))
            .defaultsTo(Duration.ofMinutes(15));

    static final Setting<Duration> THROTTLE_MEMORY = Setting.duration(
                    "throttle.forget-after", "After how long without a failure the earlier ones are forgotten.")
            .atLeast(Duration.ofSeconds(1))
            .atMost(Duration.ofDays(7))
            .defaultsTo(Duration.ofHours(1));

    private static final Setting<String> ROLE_NAME = Setting.text("name", "The role's name.")
            .must(name -> name.matches("[a-z][a-z0-9-]{0,63}"), "[a-z][a-z0-9-]*")
            .must(
                    name -> !name.equals(Role.ADMIN.name()) && !name.equals(Role.USER.name()),
                    "another name than admin and user, which mean the same everywhere");
    private static final Setting<List<String>> ROLE_PERMISSIONS = Setting.texts(
                    "permissions", "What its users may do, as area:action, either of which may be *.")
            .must(AuthSettings::arePermissions, "a list such as [\"memory:read\", \"power:*\"]");

    static final Setting<List<Settings>> ROLES = Setting.objects(
                    "roles",
                    "Roles besides admin, who may do everything, and user, who may use everything and administer nothing.",
                    List.of(ROLE_NAME, ROLE_PERMISSIONS))
            .must(AuthSettings::areDistinct, "a list that names no role twice")
            .defaultsTo(List.of());

    /** All of them. */
    public static final List<Setting<?>> ALL = List.of(
            STORE,
            ALGORITHM,
            SECRET,
            PREVIOUS_SECRET,
            KEYS_FILE,
            ROTATE_AFTER,
            ISSUER,
            AUDIENCE,
            CLOCK_SKEW,
            ACCESS_TOKEN_LIFE,
            SESSION_IDLE,
            SESSION_LIFE,
            MAX_SESSIONS,
            RECHECK_INTERVAL,
            STORE_TIMEOUT,
            HASH_MEMORY,
            HASH_ITERATIONS,
            HASH_CONCURRENT,
            THROTTLE_USER,
            THROTTLE_CLIENT,
            THROTTLE_FIRST,
            THROTTLE_MOST,
            THROTTLE_MEMORY,
            ROLES);

    private AuthSettings() {}

    /**
     * Checks what no setting can check alone.
     *
     * @throws IllegalArgumentException says what does not fit together, and how to mend it
     */
    static void check(Settings settings) {
        if (settings.get(HASH_MEMORY) * settings.get(HASH_ITERATIONS) < 35L << 20) {
            throw new IllegalArgumentException(
                    "hash.memory times hash.iterations is less than 35 MiB, which is too easy to"
                            + " search; raise one of them, such as 19 MiB with 2 iterations or 7 MiB with 5");
        }
        if (settings.get(THROTTLE_MOST).compareTo(settings.get(THROTTLE_FIRST)) < 0) {
            throw new IllegalArgumentException("throttle.longest-wait is shorter than throttle.first-wait; raise it");
        }
        boolean asymmetric = settings.get(ALGORITHM) != JwtAlgorithm.HS256;
        if (asymmetric && settings.find(SECRET).isPresent()) {
            throw new IllegalArgumentException(
                    "jwt.secret is for hs256, and jwt.algorithm is es256, which makes its keys"
                            + " itself; remove jwt.secret, or set jwt.algorithm = hs256");
        }
        if (settings.find(PREVIOUS_SECRET).isPresent() && settings.find(SECRET).isEmpty()) {
            throw new IllegalArgumentException(
                    "jwt.previous-secret needs a jwt.secret that follows it; set that, or remove jwt.previous-secret");
        }
    }

    /** All roles by name, sorted. */
    static Map<String, Role> roles(Settings settings) {
        Map<String, Role> roles = new TreeMap<>();
        roles.put(Role.ADMIN.name(), Role.ADMIN);
        roles.put(Role.USER.name(), Role.USER);
        for (Settings entry : settings.get(ROLES)) {
            Set<Permission> permissions =
                    entry.get(ROLE_PERMISSIONS).stream().map(Permission::parse).collect(Collectors.toUnmodifiableSet());
            roles.put(entry.get(ROLE_NAME), new Role(entry.get(ROLE_NAME), permissions));
        }
        return java.util.Collections.unmodifiableMap(roles);
    }

    private static boolean arePermissions(List<String> texts) {
        try {
            for (String text : texts) {
                Permission unused = Permission.parse(text);
            }
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean areDistinct(List<Settings> roles) {
        Set<String> seen = new HashSet<>();
        return roles.stream().allMatch(role -> seen.add(role.get(ROLE_NAME)));
    }
}
