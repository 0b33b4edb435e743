package ai.primespark.core.auth;

import ai.primespark.Secret;
import ai.primespark.auth.Role;
import ai.primespark.auth.Tokens;
import ai.primespark.core.auth.store.MemoryUserStoreProvider;
import ai.primespark.event.SparkEvent;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import ai.primespark.spi.UserStore;
import ai.primespark.testkit.TestContext;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;

/** An engine over a store in memory, with clocks that stand still and hashes that cost next to nothing. */
final class AuthFixture implements AutoCloseable {

    static final Secret PASSWORD = Secret.of("four quiet words here");
    static final PasswordHasher.Cost CHEAP = new PasswordHasher.Cost(64, 1, 4, Duration.ofSeconds(30));

    final TestContext context = TestContext.create();
    final AtomicLong nanos = new AtomicLong(1);
    final List<SparkEvent> events = new CopyOnWriteArrayList<>();
    final Counts counts = new Counts();
    final SecureRandom random = new SecureRandom();
    private final Map<String, Object> settings = new HashMap<>();
    private UserStore store = new MemoryUserStoreProvider().create(context);

    /** What was counted, by name and tags. */
    static final class Counts implements Meters {

        private final Map<String, LongAdder> adders = new ConcurrentHashMap<>();

        @Override
        public Counter counter(String name, String... tags) {
            return amount -> adders.computeIfAbsent(name + List.of(tags), key -> new LongAdder())
                    .add((long) amount);
        }

        @Override
        public Timer timer(String name, String... tags) {
            return duration -> counter(name, tags).increment();
        }

        @Override
        public void gauge(String name, DoubleSupplier value, String... tags) {}

        long of(String name, String... tags) {
            LongAdder adder = adders.get(name + List.of(tags));
            return adder == null ? 0 : adder.sum();
        }
    }

    AuthFixture set(String name, Object value) {
        settings.put(name, value);
        return this;
    }

    AuthFixture over(UserStore other) {
        store = other;
        return this;
    }

    UserStore store() {
        return store;
    }

    AuthEngine engine() {
        return engine(CHEAP);
    }

    AuthEngine engine(PasswordHasher.Cost cost) {
        return new AuthEngine(Settings.of(AuthSettings.ALL, settings), store, around(), cost);
    }

    AuthEngine.Around around() {
        return new AuthEngine.Around(
                context.clock(),
                nanos::get,
                Runnable::run, // what is done beside a login is done when it returns, and never after time has passed
                counts,
                events::add,
                context.directory().resolve("keys"),
                random);
    }

    /** Lets time pass on both clocks. */
    void pass(Duration time) {
        context.clock().advance(time);
        nanos.addAndGet(time.toNanos());
    }

    static void createUser(AuthEngine engine, String name, String... roles) {
        var unused =
                engine.users().create(name, PASSWORD, roles.length == 0 ? Set.of(Role.USER.name()) : Set.of(roles));
    }

    static Tokens login(AuthEngine engine, String name) {
        return engine.login(name, PASSWORD, "192.0.2.7");
    }

    @Override
    public void close() {
        context.close();
    }

    /** A store that passes everything on, for tests that look or step in between. */
    static class Through implements UserStore {

        final UserStore inner;
        final AtomicInteger finds = new AtomicInteger();

        Through(UserStore inner) {
            this.inner = inner;
        }

        @Override
        public Optional<Account> find(String username, Deadline deadline) {
            finds.incrementAndGet();
            return inner.find(username, deadline);
        }

        @Override
        public List<Account> list(String after, int limit, Deadline deadline) {
            return inner.list(after, limit, deadline);
        }

        @Override
        public boolean create(Account account, Deadline deadline) {
            return inner.create(account, deadline);
        }

        @Override
        public boolean replace(Account account, Deadline deadline) {
            return inner.replace(account, deadline);
        }

        @Override
        public boolean delete(String username, long version, Deadline deadline) {
            return inner.delete(username, version, deadline);
        }

        @Override
        public Optional<Session> findSession(String id, Deadline deadline) {
            return inner.findSession(id, deadline);
        }

        @Override
        public List<Session> sessions(String username, Deadline deadline) {
            return inner.sessions(username, deadline);
        }

        @Override
        public boolean saveSession(Session session, Deadline deadline) {
            return inner.saveSession(session, deadline);
        }

        @Override
        public boolean deleteSession(String id, long version, Deadline deadline) {
            return inner.deleteSession(id, version, deadline);
        }

        @Override
        public int deleteSessions(String username, Deadline deadline) {
            return inner.deleteSessions(username, deadline);
        }

        @Override
        public int purgeSessions(java.time.Instant before, Deadline deadline) {
            return inner.purgeSessions(before, deadline);
        }

        @Override
        public void close() throws Exception {
            inner.close();
        }
    }
}
