package ai.primespark.testkit;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.InvalidationFeed;
import ai.primespark.spi.LeaseTier;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Tiers whose news or leases break one rule each, over the reference server that keeps them all. */
final class BrokenFeeds {

    private BrokenFeeds() {}

    /** A server for each storage. */
    static final class Servers {

        private final Map<String, TrackingServer> servers = new ConcurrentHashMap<>();

        MemoryTierProvider provider(Function<TrackingServer, MemoryTier> connect) {
            return new MemoryTierProvider() {
                @Override
                public String name() {
                    return "tracking";
                }

                @Override
                public int spiLevel() {
                    return SPI_LEVEL;
                }

                @Override
                public MemoryTier create(ProviderContext context) {
                    return connect.apply(servers.computeIfAbsent(
                            context.dataDirectory().toString(), path -> new TrackingServer(context.clock())));
                }
            };
        }
    }

    /** A contract around one broken tier. */
    abstract static class Broken extends MemoryTierContract {

        private final Servers servers = new Servers();
        private final Function<TrackingTier, MemoryTier> breaking;

        Broken(Function<TrackingTier, MemoryTier> breaking) {
            this.breaking = breaking;
        }

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(3);
        }

        @Override
        protected MemoryTierProvider provider() {
            return servers.provider(server -> breaking.apply(server.connect(TierTrait.SHARED, TierTrait.ATOMIC_CAS)));
        }

        @Override
        protected boolean cutNews(MemoryTier tier) {
            TrackingTier connection = (TrackingTier) ((DelegatingTier) tier).tier();
            connection.disconnect();
            connection.reconnect();
            return true;
        }
    }

    static class Nothing extends Broken {
        Nothing() {
            super(DelegatingTier::new);
        }
    }

    private static MemoryTier withNews(MemoryTier tier, UnaryOperator<InvalidationFeed.Listener> filter) {
        return new DelegatingTier(tier) {
            @Override
            public Optional<InvalidationFeed> invalidations() {
                return Optional.of(
                        listener -> tier.invalidations().orElseThrow().subscribe(filter.apply(listener)));
            }
        };
    }

    /** Passes news on. */
    private static class Filter implements InvalidationFeed.Listener {

        private final InvalidationFeed.Listener listener;

        Filter(InvalidationFeed.Listener listener) {
            this.listener = listener;
        }

        @Override
        public void onInvalidate(List<TierKey> keys) {
            listener.onInvalidate(keys);
        }

        @Override
        public void onInvalidateAll() {
            listener.onInvalidateAll();
        }

        @Override
        public void onGap() {
            listener.onGap();
        }

        @Override
        public void onRestored() {
            listener.onRestored();
        }
    }

    static class TellsNothing extends Broken {
        TellsNothing() {
            super(tier -> withNews(tier, listener -> new Filter(listener) {
                @Override
                public void onInvalidate(List<TierKey> keys) {
                    // lost
                }
            }));
        }
    }

    /** Reads by a connection that nobody listens to. */
    static class FollowsNoBatches extends Broken {
        FollowsNoBatches() {
            super(tier -> new DelegatingTier(tier) {
                @Override
                public CompletionStage<List<@Nullable TierRecord>> getAll(List<TierKey> keys, Deadline deadline) {
                    return tier.tier().getAll(keys, deadline);
                }
            });
        }
    }

    static class HidesGaps extends Broken {
        HidesGaps() {
            super(tier -> withNews(tier, listener -> new Filter(listener) {
                @Override
                public void onGap() {
                    // nobody is told
                }

                @Override
                public void onRestored() {
                    // nor of this
                }
            }));
        }
    }

    static class NeverEndsGaps extends Broken {
        NeverEndsGaps() {
            super(tier -> withNews(tier, listener -> new Filter(listener) {
                @Override
                public void onRestored() {
                    // nobody is told
                }
            }));
        }
    }

    static class TellsThoseWhoLeft extends Broken {
        TellsThoseWhoLeft() {
            super(tier -> new DelegatingTier(tier) {
                @Override
                public Optional<InvalidationFeed> invalidations() {
                    return Optional.of(listener -> {
                        AutoCloseable unused =
                                tier.invalidations().orElseThrow().subscribe(listener);
                        return () -> {};
                    });
                }
            });
        }
    }

    private static MemoryTier withLeases(MemoryTier tier, UnaryOperator<LeaseTier> change) {
        return new DelegatingTier(tier) {
            @Override
            public Optional<LeaseTier> leases() {
                return tier.leases().map(change);
            }
        };
    }

    /** Passes everything on. */
    private static class Leases implements LeaseTier {

        private final LeaseTier leases;

        Leases(LeaseTier leases) {
            this.leases = leases;
        }

        @Override
        public CompletionStage<Optional<Lease>> acquire(TierKey key, Duration life, Deadline deadline) {
            return leases.acquire(key, life, deadline);
        }

        @Override
        public CompletionStage<Void> release(Lease lease, Deadline deadline) {
            return leases.release(lease, deadline);
        }
    }

    static class GivesEverybodyALease extends Broken {
        GivesEverybodyALease() {
            super(tier -> withLeases(tier, leases -> new Leases(leases) {
                private long fence;

                @Override
                public synchronized CompletionStage<Optional<Lease>> acquire(
                        TierKey key, Duration life, Deadline deadline) {
                    return CompletableFuture.completedFuture(Optional.of(new Lease(key, ++fence)));
                }
            }));
        }
    }

    static class KeepsFencesLow extends Broken {
        KeepsFencesLow() {
            super(tier -> withLeases(tier, leases -> new Leases(leases) {
                private final Map<Lease, Lease> real = new ConcurrentHashMap<>();

                @Override
                public CompletionStage<Optional<Lease>> acquire(TierKey key, Duration life, Deadline deadline) {
                    return super.acquire(key, life, deadline)
                            .thenApply(lease -> lease.map(held -> {
                                Lease shown = new Lease(key, 1);
                                real.put(shown, held);
                                return shown;
                            }));
                }

                @Override
                public CompletionStage<Void> release(Lease lease, Deadline deadline) {
                    return super.release(real.getOrDefault(lease, lease), deadline);
                }
            }));
        }
    }

    static class NeverEndsLeases extends Broken {
        NeverEndsLeases() {
            super(tier -> withLeases(tier, leases -> new Leases(leases) {
                @Override
                public CompletionStage<Optional<Lease>> acquire(TierKey key, Duration life, Deadline deadline) {
                    return super.acquire(key, Duration.ofDays(1), deadline);
                }
            }));
        }
    }

    /** Releases by the key alone. */
    static class LetsAnybodyRelease extends Broken {
        private static final Map<TierKey, LeaseTier.Lease> LAST = new ConcurrentHashMap<>();

        LetsAnybodyRelease() {
            super(tier -> withLeases(tier, leases -> new Leases(leases) {
                @Override
                public CompletionStage<Optional<Lease>> acquire(TierKey key, Duration life, Deadline deadline) {
                    return super.acquire(key, life, deadline).whenComplete((lease, failure) -> {
                        if (lease != null) {
                            lease.ifPresent(held -> LAST.put(key, held));
                        }
                    });
                }

                @Override
                public CompletionStage<Void> release(Lease lease, Deadline deadline) {
                    return super.release(LAST.getOrDefault(lease.key(), lease), deadline);
                }
            }));
        }
    }
}
