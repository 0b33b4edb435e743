package ai.primespark.testkit;

import ai.primespark.spi.BlobTier;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Tiers whose blobs break one rule each, over the reference tier that keeps them all. */
final class BrokenBlobs {

    private BrokenBlobs() {}

    /** A contract around a tier with broken blobs. */
    abstract static class Broken extends BrokenTiers.Broken {
        Broken(Function<BlobTier, BlobTier> breaking) {
            super(Set.of(), tier -> new WithBlobs(tier, breaking));
        }
    }

    private static final class WithBlobs extends BrokenTiers.Wrapper {

        private final BlobTier broken;

        WithBlobs(MemoryTier tier, Function<BlobTier, BlobTier> breaking) {
            super(tier);
            this.broken = breaking.apply(tier.blobs().orElseThrow());
        }

        @Override
        public Optional<BlobTier> blobs() {
            return Optional.of(broken);
        }
    }

    /** No blobs at all, which is allowed. */
    static class None extends BrokenTiers.Broken {
        None() {
            super(Set.of(), tier -> new BrokenTiers.Wrapper(tier) {
                @Override
                public Optional<BlobTier> blobs() {
                    return Optional.empty();
                }
            });
        }
    }

    static class LosesTheLastByte extends Broken {
        LosesTheLastByte() {
            super(blobs -> new Wrapper(blobs) {
                @Override
                public CompletionStage<InputStream> read(String sha256, long offset, long length, Deadline deadline) {
                    return super.read(sha256, offset, length, deadline)
                            .thenApply(in -> new ByteArrayInputStream(all(in), 0, (int) Math.max(0, length - 1)));
                }
            });
        }
    }

    static class IgnoresOffsets extends Broken {
        IgnoresOffsets() {
            super(blobs -> new Wrapper(blobs) {
                @Override
                public CompletionStage<InputStream> read(String sha256, long offset, long length, Deadline deadline) {
                    return super.read(sha256, offset, length, deadline)
                            .thenCompose(checked -> super.read(sha256, 0, length, deadline));
                }
            });
        }
    }

    static class SaysYes extends Broken {
        SaysYes() {
            super(blobs -> new Wrapper(blobs) {
                @Override
                public CompletionStage<Boolean> has(String sha256, Deadline deadline) {
                    return super.has(sha256, deadline).thenApply(there -> true);
                }
            });
        }
    }

    static class GivesNothingForWhatIsNotThere extends Broken {
        GivesNothingForWhatIsNotThere() {
            super(blobs -> new Wrapper(blobs) {
                @Override
                public CompletionStage<InputStream> read(String sha256, long offset, long length, Deadline deadline) {
                    return super.has(sha256, deadline)
                            .thenCompose(there -> there
                                    ? super.read(sha256, offset, length, deadline)
                                    : CompletableFuture.completedFuture(InputStream.nullInputStream()));
                }
            });
        }
    }

    /** Keeps whatever comes, under whatever address. */
    static class BelievesAddresses extends Broken {
        BelievesAddresses() {
            super(blobs -> new Wrapper(blobs) {
                private final Map<String, byte[]> unchecked = new ConcurrentHashMap<>();

                @Override
                public CompletionStage<Void> write(String sha256, InputStream content, long length, Deadline deadline) {
                    byte[] bytes = all(content);
                    if (!InMemoryBlobs.sha256(bytes).equals(sha256) && sha256.matches("[0-9a-f]{64}")) {
                        unchecked.put(sha256, Arrays.copyOf(bytes, (int) length));
                        return CompletableFuture.completedFuture(null);
                    }
                    return super.write(sha256, new ByteArrayInputStream(bytes), length, deadline);
                }

                @Override
                public CompletionStage<Boolean> has(String sha256, Deadline deadline) {
                    return unchecked.containsKey(sha256)
                            ? CompletableFuture.completedFuture(true)
                            : super.has(sha256, deadline);
                }
            });
        }
    }

    static class RefusesWhatIsThere extends Broken {
        RefusesWhatIsThere() {
            super(blobs -> new Wrapper(blobs) {
                @Override
                public CompletionStage<Void> write(String sha256, InputStream content, long length, Deadline deadline) {
                    return super.has(sha256, deadline)
                            .thenCompose(there -> there
                                    ? CompletableFuture.failedFuture(new TierException(
                                            TierException.Kind.PERMANENT, "it is there already", null))
                                    : super.write(sha256, content, length, deadline));
                }
            });
        }
    }

    static class ListsOnePage extends Broken {
        ListsOnePage() {
            super(blobs -> new Wrapper(blobs) {
                @Override
                public CompletionStage<Page> list(@Nullable String cursor, int limit, Deadline deadline) {
                    return super.list(cursor, limit, deadline).thenApply(page -> new Page(page.chunks(), null));
                }
            });
        }
    }

    static class ListsOldTimes extends Broken {
        ListsOldTimes() {
            super(blobs -> new Wrapper(blobs) {
                @Override
                public CompletionStage<Page> list(@Nullable String cursor, int limit, Deadline deadline) {
                    return super.list(cursor, limit, deadline)
                            .thenApply(page -> new Page(
                                    page.chunks().stream()
                                            .map(chunk -> new Chunk(chunk.sha256(), chunk.bytes(), 0))
                                            .toList(),
                                    page.next()));
                }
            });
        }
    }

    static class KeepsWhatIsDeleted extends Broken {
        KeepsWhatIsDeleted() {
            super(blobs -> new Wrapper(blobs) {
                @Override
                public CompletionStage<Void> delete(String sha256, Deadline deadline) {
                    return super.has(sha256, deadline).thenApply(there -> null);
                }
            });
        }
    }

    static class TakesAnyAddress extends Broken {
        TakesAnyAddress() {
            super(blobs -> new Wrapper(blobs) {
                @Override
                public CompletionStage<Boolean> has(String sha256, Deadline deadline) {
                    return sha256.matches("[0-9a-f]{64}")
                            ? super.has(sha256, deadline)
                            : CompletableFuture.completedFuture(false);
                }
            });
        }
    }

    private static byte[] all(InputStream in) {
        try {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (UncheckedIOException e) {
            return new byte[0];
        }
    }

    /** Passes everything on. */
    static class Wrapper implements BlobTier {

        private final BlobTier blobs;

        Wrapper(BlobTier blobs) {
            this.blobs = blobs;
        }

        @Override
        public CompletionStage<Boolean> has(String sha256, Deadline deadline) {
            return blobs.has(sha256, deadline);
        }

        @Override
        public CompletionStage<Void> write(String sha256, InputStream content, long length, Deadline deadline) {
            return blobs.write(sha256, content, length, deadline);
        }

        @Override
        public CompletionStage<InputStream> read(String sha256, long offset, long length, Deadline deadline) {
            return blobs.read(sha256, offset, length, deadline);
        }

        @Override
        public CompletionStage<Void> delete(String sha256, Deadline deadline) {
            return blobs.delete(sha256, deadline);
        }

        @Override
        public CompletionStage<Page> list(@Nullable String cursor, int limit, Deadline deadline) {
            return blobs.list(cursor, limit, deadline);
        }
    }

    /** All of them with the rules that each breaks. */
    static Map<Class<?>, List<String>> all() {
        return Map.ofEntries(
                Map.entry(None.class, List.of()),
                Map.entry(LosesTheLastByte.class, List.of("TIER-14", "TIER-16", "TIER-17", "TIER-19", "TIER-20")),
                Map.entry(IgnoresOffsets.class, List.of("TIER-14")),
                Map.entry(SaysYes.class, List.of("TIER-15", "TIER-16", "TIER-19", "TIER-20")),
                Map.entry(GivesNothingForWhatIsNotThere.class, List.of("TIER-15", "TIER-19")),
                Map.entry(BelievesAddresses.class, List.of("TIER-16", "TIER-20")),
                Map.entry(RefusesWhatIsThere.class, List.of("TIER-17")),
                Map.entry(ListsOnePage.class, List.of("TIER-18")),
                Map.entry(ListsOldTimes.class, List.of("TIER-18")),
                Map.entry(KeepsWhatIsDeleted.class, List.of("TIER-19")),
                Map.entry(TakesAnyAddress.class, List.of("TIER-21")));
    }
}
