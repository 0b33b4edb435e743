package ai.primespark.core.auth.store;

import ai.primespark.Zone;
import ai.primespark.auth.AuthUnavailableException;
import ai.primespark.memory.KeyPlaces;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.ScanPage;
import ai.primespark.memory.Version;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.UserStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accounts and sessions in a namespace of memory. Every change is a conditional write, so that the one tier which decides those
 * orders the changes of all servers; what that tier does not have is not there, and no other tier needs to be asked. Thread-safe.
 *
 * <p>Keys: {@code account/<name>}; {@code session/<id>}; and {@code of/<name>/<id>}, by which the sessions of a user are found. The
 * last is written before its session and removed after it, so that a session is never without; one that is left alone by a crash
 * is tidied up with the sessions that have ended.
 */
public final class TieredUserStore implements UserStore {

    private static final Logger LOG = LoggerFactory.getLogger(TieredUserStore.class);

    private static final String ACCOUNT = "account/";
    private static final String SESSION = "session/";
    private static final String OF = "of/";

    private static final int PAGE = 1_000;
    private static final int MOST_KEYS = 1_000_000;

    /** How much longer than a session its record stays: clocks differ, and who is late hears "expired" instead of "unknown". */
    private static final Duration GRACE = Duration.ofHours(1);

    /** How far clocks may differ when a record's end is taken for its session's; which it is, the session itself says. */
    private static final Duration SLACK = Duration.ofMinutes(10);

    private final String namespace;
    private final InstantSource clock;
    private volatile @Nullable Memory memory;
    private volatile boolean closed;

    TieredUserStore(String namespace, InstantSource clock) {
        this.namespace = namespace;
        this.clock = clock;
    }

    /**
     * Gives it the memory to use; called before {@link #start()}, by whoever has both.
     *
     * @param open opens a namespace, with the options that it has unless the configuration says otherwise
     */
    public void bind(BiFunction<String, NamespaceOptions, Memory> open) {
        NamespaceOptions options =
                NamespaceOptions.DEFAULT.withReach(Zone.EDGE).withCodec("text").withUrgent(true);
        try {
            memory = open.apply(namespace, options);
        } catch (IllegalStateException e) { // no tier is near enough, or the application has the namespace already
            throw new IllegalArgumentException(
                    "the namespace '" + namespace + "' cannot hold users: " + e.getMessage(), e);
        }
    }

    @Override
    public void start() {
        Memory unused = memory();
    }

    private Memory memory() {
        Memory bound = memory;
        if (closed || bound == null) {
            throw new AuthUnavailableException(label() + (closed ? " is closed" : " has no memory to use"), null);
        }
        return bound;
    }

    private String label() {
        return "the user store in memory's namespace '" + namespace + "'";
    }

    private <T> T asking(Supplier<T> work) {
        try {
            return work.get();
        } catch (MemoryException e) {
            throw new AuthUnavailableException(label() + " cannot be used: " + e.getMessage(), e);
        } catch (IllegalStateException e) { // memory is closed
            throw new AuthUnavailableException(label() + " is closed", e);
        }
    }

    /** A value as it was read. */
    private record Held<T>(T value, Version version) {}

    private @Nullable Held<Account> account(String username) {
        Lookup.Found<String> found = read(ACCOUNT + username);
        return found == null ? null : new Held<>(parse(found.value()).accounts().get(0), found.version());
    }

    private @Nullable Held<Session> session(String id) {
        Lookup.Found<String> found = read(SESSION + id);
        return found == null ? null : new Held<>(parse(found.value()).sessions().get(0), found.version());
    }

    private Lookup.@Nullable Found<String> read(String key) {
        return found(memory().get(key, String.class));
    }

    private Lookup.@Nullable Found<String> found(Lookup<String> answer) {
        if (answer instanceof Lookup.Unknown<String> unknown) {
            throw new AuthUnavailableException(
                    label() + " cannot be used: tiers that may know cannot be asked " + unknown.tiersNotAsked(), null);
        }
        return answer instanceof Lookup.Found<String> found ? found : null;
    }

    private StoreJson.Content parse(String text) {
        StoreJson.Content content = new StoreJson.Content();
        try {
            StoreJson.read(text.getBytes(StandardCharsets.UTF_8), content);
        } catch (IOException e) {
            throw new AuthUnavailableException(label() + " holds an entry that cannot be read: " + e.getMessage(), e);
        }
        if (content.accounts().size() + content.sessions().size() != 1) {
            throw new AuthUnavailableException(label() + " holds an entry that is damaged", null);
        }
        return content;
    }

    private static String text(Account account) {
        return new String(StoreJson.accounts(List.of(account)), StandardCharsets.UTF_8);
    }

    private static String text(Session session) {
        return new String(StoreJson.sessions(List.of(session)), StandardCharsets.UTF_8);
    }

    @Override
    public Optional<Account> find(String username, Deadline deadline) {
        return asking(() -> Optional.ofNullable(account(username)).map(Held::value));
    }

    @Override
    public List<Account> list(@Nullable String after, int limit, Deadline deadline) {
        return asking(() -> {
            TreeSet<String> names = new TreeSet<>(suffixesOfAll(ACCOUNT, deadline));
            if (names.isEmpty()) {
                requireEverybody();
            }
            Collection<String> rest = after == null ? names : names.tailSet(after, false);
            List<Account> page = new ArrayList<>();
            List<String> batch = new ArrayList<>();
            for (String name : rest) {
                batch.add(ACCOUNT + name);
                if (batch.size() + page.size() >= limit || batch.size() >= PAGE) {
                    addAccounts(batch, page);
                    batch.clear();
                    if (page.size() >= limit) {
                        return List.copyOf(page);
                    }
                }
            }
            addAccounts(batch, page);
            return List.copyOf(page);
        });
    }

    /**
     * Where there is no account at all, anybody can become the first administrator, so each tier has to say so: the one that decides
     * may be a new one, and the accounts in one that is away.
     */
    private void requireEverybody() {
        requireAll(memory().admin().where(ACCOUNT + "admin").places().stream()
                .filter(place -> place.presence() == KeyPlaces.Presence.UNKNOWN)
                .map(KeyPlaces.Place::tier)
                .collect(Collectors.toCollection(TreeSet::new)));
    }

    private void addAccounts(List<String> keys, List<Account> page) {
        for (Lookup<String> answer : memory().getAll(keys, String.class).values()) {
            Lookup.Found<String> found = found(answer);
            if (found != null) { // else it was deleted meanwhile
                page.add(parse(found.value()).accounts().get(0));
            }
        }
    }

    /** What follows a prefix in all keys that have it; an account that is not listed must not look as if there were none. */
    private List<String> suffixesOfAll(String prefix, Deadline deadline) {
        Set<String> missing = new TreeSet<>();
        List<String> found = suffixes(prefix, missing, deadline);
        requireAll(missing);
        return found;
    }

    /** What follows a prefix in those keys that can be listed. */
    private List<String> suffixes(String prefix, Set<String> missing, Deadline deadline) {
        return entries(prefix, missing, deadline).stream()
                .map(entry -> entry.key().substring(prefix.length()))
                .toList();
    }

    private void requireAll(Set<String> missing) {
        if (!missing.isEmpty()) {
            throw new AuthUnavailableException(label() + " cannot be listed: tiers cannot be asked " + missing, null);
        }
    }

    private List<ScanPage.Entry> entries(String prefix, Set<String> missing, Deadline deadline) {
        List<ScanPage.Entry> found = new ArrayList<>();
        String cursor = null;
        do {
            ScanPage page = memory().scan(prefix, cursor, PAGE);
            missing.addAll(page.missingTiers());
            found.addAll(page.entries());
            cursor = page.next();
            if (cursor != null && (deadline.isOver() || found.size() > MOST_KEYS)) {
                throw new AuthUnavailableException(label() + " takes too long to list", null);
            }
        } while (cursor != null);
        return found;
    }

    @Override
    public boolean create(Account account, Deadline deadline) {
        String key = ACCOUNT + account.user().username();
        return asking(() ->
                memory().putIfAbsent(key, text(account), PutOptions.DEFAULT).isStored());
    }

    @Override
    public boolean replace(Account account, Deadline deadline) {
        String name = account.user().username();
        return asking(() -> {
            Held<Account> there = account(name);
            return there != null
                    && there.value().version() == account.version() - 1
                    && memory().replace(ACCOUNT + name, there.version(), text(account), PutOptions.DEFAULT)
                            .isStored();
        });
    }

    @Override
    public boolean delete(String username, long version, Deadline deadline) {
        return asking(() -> {
            Held<Account> there = account(username);
            boolean gone = there != null
                    && there.value().version() == version
                    && memory().deleteIf(ACCOUNT + username, there.version()).isStored();
            if (gone) {
                endSessionsOfNobody(username, deadline);
            }
            return gone;
        });
    }

    /** Without an account they are over, and what cannot be removed now is purged when its time is over. */
    private void endSessionsOfNobody(String username, Deadline deadline) {
        try {
            int unused = deleteSessions(username, deadline);
        } catch (AuthUnavailableException e) {
            LOG.debug("Sessions of a user that is gone stay in {} for now: {}", label(), e.getMessage());
        }
    }

    @Override
    public Optional<Session> findSession(String id, Deadline deadline) {
        return asking(() -> Optional.ofNullable(session(id)).map(Held::value));
    }

    @Override
    public List<Session> sessions(String username, Deadline deadline) {
        return asking(() -> {
            List<String> keys = suffixesOfAll(OF + username + "/", deadline).stream()
                    .map(id -> SESSION + id)
                    .toList();
            List<Session> sessions = new ArrayList<>();
            for (int i = 0; i < keys.size(); i += PAGE) {
                List<String> batch = keys.subList(i, Math.min(keys.size(), i + PAGE));
                for (Lookup<String> answer :
                        memory().getAll(batch, String.class).values()) {
                    Lookup.Found<String> found = found(answer);
                    if (found != null) {
                        sessions.add(parse(found.value()).sessions().get(0));
                    }
                }
            }
            return List.copyOf(sessions);
        });
    }

    @Override
    public boolean saveSession(Session session, Deadline deadline) {
        return asking(() -> {
            PutOptions life = PutOptions.ttl(life(session));
            if (session.version() == 1) {
                String since = Long.toString(clock.millis());
                boolean unused = memory().putIfAbsent(index(session), since, PutOptions.DEFAULT)
                        .isStored();
                return memory().putIfAbsent(SESSION + session.id(), text(session), life)
                        .isStored();
            }
            Held<Session> there = session(session.id());
            return there != null
                    && there.value().version() == session.version() - 1
                    && memory().replace(SESSION + session.id(), there.version(), text(session), life)
                            .isStored();
        });
    }

    private Duration life(Session session) {
        Duration left = Duration.between(clock.instant(), session.expiresAt());
        return left.isNegative() ? GRACE : left.plus(GRACE);
    }

    private static String index(Session session) {
        return OF + session.username() + "/" + session.id();
    }

    @Override
    public boolean deleteSession(String id, long version, Deadline deadline) {
        return asking(() -> {
            Held<Session> there = session(id);
            return there != null && there.value().version() == version && remove(there);
        });
    }

    private boolean remove(Held<Session> session) {
        boolean gone = memory().deleteIf(SESSION + session.value().id(), session.version())
                .isStored();
        if (gone) {
            var unused = memory().delete(index(session.value()));
        }
        return gone;
    }

    @Override
    public int deleteSessions(String username, Deadline deadline) {
        return asking(() -> {
            int gone = 0;
            Set<String> missing = new TreeSet<>();
            for (String id : suffixes(OF + username + "/", missing, deadline)) {
                gone += removeForSure(id, deadline) ? 1 : 0;
            }
            requireAll(missing); // what can be ended is ended, but there may be more
            return gone;
        });
    }

    /** However often it is renewed meanwhile; false when it was gone. */
    private boolean removeForSure(String id, Deadline deadline) {
        Held<Session> there = session(id);
        while (there != null && !remove(there)) {
            if (deadline.isOver()) {
                throw new AuthUnavailableException(label() + " changes too fast to be changed", null);
            }
            there = session(id);
        }
        return there != null;
    }

    @Override
    public int purgeSessions(Instant before, Deadline deadline) {
        return asking(() -> {
            int gone = 0;
            Set<String> left = new HashSet<>();
            Set<String> missing = new TreeSet<>();
            List<ScanPage.Entry> all = entries(SESSION, missing, deadline);
            requireAll(missing); // or an index would look as if its session were gone
            for (ScanPage.Entry entry : all) {
                String id = entry.key().substring(SESSION.length());
                left.add(id);
                boolean mayBeOver = entry.expiresAt()
                        .filter(end -> !end.minus(GRACE).minus(SLACK).isAfter(before))
                        .isPresent();
                Held<Session> there = mayBeOver && !deadline.isOver() ? session(id) : null;
                if (there != null && !there.value().expiresAt().isAfter(before)) {
                    gone += remove(there) ? 1 : 0;
                }
            }
            purgeIndex(left, before, deadline);
            return gone;
        });
    }

    /** What sessions that ended by themselves, or a crash between two writes, have left. */
    private void purgeIndex(Set<String> sessions, Instant before, Deadline deadline) {
        for (String rest : suffixesOfAll(OF, deadline)) {
            if (!sessions.contains(rest.substring(rest.indexOf('/') + 1)) && !deadline.isOver()) {
                Lookup.Found<String> since = read(OF + rest);
                if (since != null && isOld(since.value(), before)) {
                    var unused = memory().deleteIf(OF + rest, since.version());
                }
            }
        }
    }

    /** Not one whose session is just being written. */
    private static boolean isOld(String since, Instant now) {
        try {
            return Instant.ofEpochMilli(Long.parseLong(since)).isBefore(now.minus(GRACE));
        } catch (NumberFormatException e) {
            return true; // nothing that this store wrote
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public String toString() {
        return label();
    }
}
