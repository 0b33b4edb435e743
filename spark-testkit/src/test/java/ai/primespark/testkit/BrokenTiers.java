package ai.primespark.testkit;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.BlockingMemoryTier;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.spi.TierUsage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Tiers that break one rule each, over the reference tier that keeps them all. */
final class BrokenTiers {

    private static final Version HIGHEST = new Version(Long.MAX_VALUE, "zzz");

    private BrokenTiers() {}

    /** A contract around one broken tier. */
    abstract static class Broken extends MemoryTierContract {

        private final Map<String, InMemoryTier.Storage> storages = new ConcurrentHashMap<>();
        private final Set<TierTrait> traits;
        private final Function<MemoryTier, MemoryTier> breaking;

        Broken(Set<TierTrait> traits, Function<MemoryTier, MemoryTier> breaking) {
            this.traits = traits;
            this.breaking = breaking;
        }

        InMemoryTier.Storage storage(ProviderContext context) {
            return storages.computeIfAbsent(context.dataDirectory().toString(), path -> new InMemoryTier.Storage());
        }

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(5);
        }

        @Override
        protected MemoryTierProvider provider() {
            return new MemoryTierProvider() {
                @Override
                public String name() {
                    return "broken";
                }

                @Override
                public int spiLevel() {
                    return SPI_LEVEL;
                }

                @Override
                public MemoryTier create(ProviderContext context) {
                    return breaking.apply(new InMemoryTier(storage(context), context.clock(), traits));
                }
            };
        }
    }

    static class Nothing extends Broken {
        Nothing() {
            super(Set.of(), Wrapper::new);
        }
    }

    static class ForgetsEverything extends Broken {
        ForgetsEverything() {
            super(Set.of(), tier -> new Wrapper(tier) {
                @Override
                public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
                    return CompletableFuture.completedFuture(Applied.DONE);
                }
            });
        }
    }

    static class TakesOlderVersions extends Broken {
        TakesOlderVersions() {
            super(Set.of(), tier -> new Wrapper(tier) {
                @Override
                public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
                    if (condition instanceof Condition.IfNewer) {
                        tier.purge(record.key(), HIGHEST, deadline);
                    }
                    return tier.apply(record, condition, deadline);
                }
            });
        }
    }

    /** Only within the same millisecond: the counter and the node are not looked at. */
    static class ComparesMillisecondsOnly extends Broken {
        ComparesMillisecondsOnly() {
            super(Set.of(), tier -> new Wrapper(tier) {
                @Override
                public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
                    TierRecord held = BlockingMemoryTier.await(tier.get(record.key(), deadline));
                    if (held != null
                            && held.version().millis() == record.version().millis()) {
                        return CompletableFuture.completedFuture(new Applied.Older(held.version()));
                    }
                    return tier.apply(record, condition, deadline);
                }
            });
        }
    }

    static class ChecksThenWrites extends Broken {
        ChecksThenWrites() {
            super(Set.of(), tier -> new Wrapper(tier) {
                @Override
                public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
                    if (condition instanceof Condition.IfNewer) {
                        return tier.apply(record, condition, deadline);
                    }
                    TierRecord held = BlockingMemoryTier.await(tier.get(record.key(), deadline));
                    Applied decision = condition.decide(held, record, System.currentTimeMillis());
                    LockSupport.parkNanos(2_000_000); // what a round trip takes
                    return decision instanceof Applied.Done
                            ? tier.apply(record, Condition.IF_NEWER, deadline)
                            : CompletableFuture.completedFuture(decision);
                }
            });
        }
    }

    static class DropsTombstones extends Broken {
        DropsTombstones() {
            super(Set.of(), tier -> new Wrapper(tier) {
                @Override
                public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
                    if (record.isTombstone()) {
                        return tier.purge(record.key(), HIGHEST, deadline).thenApply(removed -> Applied.DONE);
                    }
                    return tier.apply(record, condition, deadline);
                }
            });
        }
    }

    /** Keeps ended records out, so that what was there before them comes to light again. */
    static class UncoversOlderRecords extends Broken {
        UncoversOlderRecords() {
            super(Set.of(), tier -> new Wrapper(tier) {
                @Override
                public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
                    return record.isExpired(System.currentTimeMillis())
                            ? CompletableFuture.completedFuture(Applied.DONE)
                            : tier.apply(record, condition, deadline);
                }
            });
        }
    }

    static class IgnoresPrefixes extends Broken {
        IgnoresPrefixes() {
            super(Set.of(), tier -> new Wrapper(tier) {
                @Override
                public CompletionStage<TierPage> scan(
                        String namespace, String prefix, @Nullable String cursor, int limit, Deadline deadline) {
                    return tier.scan(namespace, "", cursor, limit, deadline);
                }
            });
        }
    }

    static class ListsOnePage extends Broken {
        ListsOnePage() {
            super(Set.of(), tier -> new Wrapper(tier) {
                @Override
                public CompletionStage<TierPage> scan(
                        String namespace, String prefix, @Nullable String cursor, int limit, Deadline deadline) {
                    return tier.scan(namespace, prefix, cursor, limit, deadline)
                            .thenApply(page -> new TierPage(page.headers(), null));
                }
            });
        }
    }

    static class ClaimsOrder extends Broken {
        ClaimsOrder() {
            super(Set.of(TierTrait.SCAN_ORDERED), tier -> new Wrapper(tier) {
                @Override
                public CompletionStage<TierPage> scan(
                        String namespace, String prefix, @Nullable String cursor, int limit, Deadline deadline) {
                    return tier.scan(namespace, prefix, cursor, limit, deadline).thenApply(page -> {
                        List<TierPage.Header> backwards = new ArrayList<>(page.headers());
                        Collections.reverse(backwards);
                        return new TierPage(backwards, page.next());
                    });
                }
            });
        }
    }

    static class PurgesAnything extends Broken {
        PurgesAnything() {
            super(Set.of(), tier -> new Wrapper(tier) {
                @Override
                public CompletionStage<Boolean> purge(TierKey key, Version atMost, Deadline deadline) {
                    return tier.purge(key, HIGHEST, deadline);
                }
            });
        }
    }

    static class FoldsCase extends Broken {
        FoldsCase() {
            super(Set.of(), tier -> new Wrapper(tier) {
                @Override
                public CompletionStage<@Nullable TierRecord> get(TierKey key, Deadline deadline) {
                    TierKey folded = TierKey.of(key.namespace(), key.key().toLowerCase(Locale.ROOT));
                    return super.get(folded, deadline)
                            .thenCompose(found -> found == null
                                    ? super.get(key, deadline)
                                    : CompletableFuture.completedFuture(found));
                }
            });
        }
    }

    static class ClaimsToPersist extends Broken {
        ClaimsToPersist() {
            super(Set.of(TierTrait.PERSISTENT), Wrapper::new);
        }

        @Override
        InMemoryTier.Storage storage(ProviderContext context) {
            return new InMemoryTier.Storage();
        }
    }

    static class WorksAfterClose extends Broken {
        WorksAfterClose() {
            super(Set.of(), tier -> new Wrapper(tier) {
                @Override
                public void close() {
                    // goes on
                }
            });
        }
    }

    static class NeverAnswersAfterClose extends Broken {
        NeverAnswersAfterClose() {
            super(Set.of(), tier -> new Wrapper(tier) {
                private volatile boolean closed;

                @Override
                public CompletionStage<TierUsage> usage(Deadline deadline) {
                    return closed ? new CompletableFuture<>() : super.usage(deadline);
                }

                @Override
                public void close() throws Exception {
                    closed = true;
                    super.close();
                }
            });
        }
    }

    static class ShufflesBatches extends Broken {
        ShufflesBatches() {
            super(Set.of(), tier -> new Wrapper(tier) {
                @Override
                public CompletionStage<List<@Nullable TierRecord>> getAll(List<TierKey> keys, Deadline deadline) {
                    List<TierKey> sorted = new ArrayList<>(keys);
                    sorted.sort((a, b) -> a.key().compareTo(b.key()));
                    return tier.getAll(sorted, deadline);
                }
            });
        }
    }

    static class IgnoresDeadlines extends Broken {
        IgnoresDeadlines() {
            super(Set.of(), tier -> new Wrapper(tier) {
                @Override
                public CompletionStage<@Nullable TierRecord> get(TierKey key, Deadline deadline) {
                    return tier.get(key, Deadline.in(Duration.ofSeconds(5)));
                }
            });
        }
    }

    /** Passes everything on, batches one by one. */
    static class Wrapper extends DelegatingTier {

        Wrapper(MemoryTier tier) {
            super(tier);
        }

        @Override
        public CompletionStage<List<@Nullable TierRecord>> getAll(List<TierKey> keys, Deadline deadline) {
            List<CompletableFuture<@Nullable TierRecord>> each = keys.stream()
                    .map(key -> get(key, deadline).toCompletableFuture())
                    .toList();
            return CompletableFuture.allOf(each.toArray(CompletableFuture[]::new))
                    .thenApply(done -> {
                        List<@Nullable TierRecord> records = new ArrayList<>();
                        each.forEach(stage -> records.add(stage.join()));
                        return records;
                    });
        }

        @Override
        public CompletionStage<List<Applied>> applyAll(List<TierRecord> records, Deadline deadline) {
            List<CompletableFuture<Applied>> each = records.stream()
                    .map(record -> apply(record, Condition.IF_NEWER, deadline).toCompletableFuture())
                    .toList();
            return CompletableFuture.allOf(each.toArray(CompletableFuture[]::new))
                    .thenApply(
                            done -> each.stream().map(CompletableFuture::join).toList());
        }
    }
}
