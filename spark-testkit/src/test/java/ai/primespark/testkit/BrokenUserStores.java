package ai.primespark.testkit;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.UserStore;
import ai.primespark.spi.UserStoreProvider;
import ai.primespark.testkit.MapUserStore.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** User stores that break one rule each, over one that keeps them all. */
final class BrokenUserStores {

    private BrokenUserStores() {}

    /** A contract around one broken store. */
    abstract static class Broken extends UserStoreContract {

        private final BiFunction<Storage, ProviderContext, UserStore> making;
        private final Storage storage = new Storage(); // JUnit makes an instance for each test

        Broken(BiFunction<Storage, ProviderContext, UserStore> making) {
            this.making = making;
        }

        @Override
        protected UserStoreProvider provider() {
            return new UserStoreProvider() {
                @Override
                public String name() {
                    return "broken";
                }

                @Override
                public int spiLevel() {
                    return SPI_LEVEL;
                }

                @Override
                public UserStore create(ProviderContext context) {
                    return making.apply(storage, context);
                }
            };
        }
    }

    static class Nothing extends Broken {
        Nothing() {
            super((storage, context) -> new MapUserStore(storage));
        }
    }

    static class ForgetsOnClose extends Broken {
        ForgetsOnClose() {
            super((storage, context) -> new MapUserStore(new Storage()));
        }
    }

    static class LosesRoles extends Broken {
        LosesRoles() {
            super((storage, context) -> new MapUserStore(storage) {
                @Override
                public Optional<Account> find(String username, Deadline deadline) {
                    return super.find(username, deadline).map(LosesRoles::poorer);
                }
            });
        }

        private static UserStore.Account poorer(UserStore.Account account) {
            return new UserStore.Account(
                    new ai.primespark.auth.User(
                            account.user().username(),
                            java.util.Set.of(),
                            account.user().active(),
                            account.user().createdAt(),
                            account.user().passwordChangedAt()),
                    account.passwordHash(),
                    account.version());
        }
    }

    static class OverwritesOnCreate extends Broken {
        OverwritesOnCreate() {
            super((storage, context) -> new MapUserStore(storage) {
                @Override
                public boolean create(Account account, Deadline deadline) {
                    synchronized (storage) {
                        checkOpen();
                        storage.accounts.put(account.user().username(), account);
                        return true;
                    }
                }
            });
        }
    }

    static class IgnoresVersions extends Broken {
        IgnoresVersions() {
            super((storage, context) -> new MapUserStore(storage) {
                @Override
                public boolean replace(Account account, Deadline deadline) {
                    synchronized (storage) {
                        checkOpen();
                        return storage.accounts.replace(account.user().username(), account) != null;
                    }
                }
            });
        }
    }

    static class ComparesWithoutALock extends Broken {
        ComparesWithoutALock() {
            super((storage, context) -> new MapUserStore(storage) {
                @Override
                public boolean saveSession(Session session, Deadline deadline) {
                    Optional<Session> there = findSession(session.id(), deadline);
                    if (there.map(Session::version).orElse(0L) != session.version() - 1) {
                        return false;
                    }
                    java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
                    synchronized (storage) {
                        storage.sessions.put(session.id(), session);
                    }
                    return true;
                }
            });
        }
    }

    static class ListsInAnyOrder extends Broken {
        ListsInAnyOrder() {
            super((storage, context) -> new MapUserStore(storage) {
                @Override
                public List<Account> list(@Nullable String after, int limit, Deadline deadline) {
                    List<Account> page = new ArrayList<>(super.list(after, limit, deadline));
                    Collections.reverse(page);
                    return page;
                }
            });
        }
    }

    static class RepeatsTheFirst extends Broken {
        RepeatsTheFirst() {
            super((storage, context) -> new MapUserStore(storage) {
                @Override
                public List<Account> list(@Nullable String after, int limit, Deadline deadline) {
                    synchronized (storage) {
                        checkOpen();
                        var rest = after == null ? storage.accounts : storage.accounts.tailMap(after, true);
                        return rest.values().stream().limit(limit).toList();
                    }
                }
            });
        }
    }

    static class LeavesSessionsBehind extends Broken {
        LeavesSessionsBehind() {
            super((storage, context) -> new MapUserStore(storage) {
                @Override
                public boolean delete(String username, long version, Deadline deadline) {
                    synchronized (storage) {
                        checkOpen();
                        Account there = storage.accounts.get(username);
                        return there != null && there.version() == version && storage.accounts.remove(username) != null;
                    }
                }
            });
        }
    }

    static class RevivesSessions extends Broken {
        RevivesSessions() {
            super((storage, context) -> new MapUserStore(storage) {
                @Override
                public boolean saveSession(Session session, Deadline deadline) {
                    synchronized (storage) {
                        checkOpen();
                        Session there = storage.sessions.get(session.id());
                        if (there != null && there.version() != session.version() - 1) {
                            return false;
                        }
                        storage.sessions.put(session.id(), session);
                        return true;
                    }
                }
            });
        }
    }

    static class MatchesBeginnings extends Broken {
        MatchesBeginnings() {
            super((storage, context) -> new MapUserStore(storage) {
                @Override
                public boolean delete(String username, long version, Deadline deadline) {
                    synchronized (storage) {
                        boolean gone = super.delete(username, version, deadline);
                        if (gone) {
                            storage.sessions.values().removeIf(s -> username.startsWith(s.username()));
                        }
                        return gone;
                    }
                }
            });
        }
    }

    static class PurgesTooMuch extends Broken {
        PurgesTooMuch() {
            super((storage, context) -> new MapUserStore(storage) {
                @Override
                public int purgeSessions(Instant end, Deadline deadline) {
                    return super.purgeSessions(end.plusSeconds(1), deadline);
                }
            });
        }
    }

    static class PrintsHashes extends Broken {
        PrintsHashes() {
            super((storage, context) -> new MapUserStore(storage) {
                @Override
                public String toString() {
                    StringBuilder text = new StringBuilder();
                    storage.accounts
                            .values()
                            .forEach(account ->
                                    text.append(account.passwordHash().reveal()));
                    return text.toString();
                }
            });
        }
    }

    static class WritesForEverybody extends Broken {
        WritesForEverybody() {
            super((storage, context) -> new MapUserStore(storage) {
                @Override
                public boolean create(Account account, Deadline deadline) {
                    boolean created = super.create(account, deadline);
                    try {
                        Files.createDirectories(context.dataDirectory());
                        Path file = context.dataDirectory().resolve("users");
                        Files.writeString(file, account.passwordHash().reveal());
                        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                    return created;
                }
            });
        }
    }

    static class WorksAfterClose extends Broken {
        WorksAfterClose() {
            super((storage, context) -> new MapUserStore(storage) {
                @Override
                public void close() {}
            });
        }
    }

    static class FailsOnSecondClose extends Broken {
        FailsOnSecondClose() {
            super((storage, context) -> new MapUserStore(storage) {
                @Override
                public void close() {
                    checkOpen();
                    super.close();
                }
            });
        }
    }
}
