package ai.primespark.testkit;

import ai.primespark.Secret;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import ai.primespark.spi.SparkProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Providers that break one rule each. The service loader does not know them, so each breaks PROV-01 as well. */
final class BrokenProviders {

    private BrokenProviders() {}

    /** A provider without faults, and the contract around it; subclasses spoil them. */
    static class Unregistered extends ProviderContract implements MemoryTierProvider {

        @Override
        protected SparkProvider provider() {
            return this;
        }

        @Override
        public String name() {
            return "unregistered";
        }

        @Override
        public int spiLevel() {
            return SPI_LEVEL;
        }

        @Override
        public MemoryTier create(ProviderContext context) {
            return new InMemoryTier();
        }
    }

    static class BadName extends Unregistered {
        @Override
        public String name() {
            return "Bad_Name";
        }
    }

    static class TakenName extends Unregistered {
        @Override
        public String name() {
            return "testkit-map";
        }
    }

    static class OtherLevel extends Unregistered {
        @Override
        public int spiLevel() {
            return SPI_LEVEL + 1;
        }
    }

    static class BadSettings extends Unregistered {
        private static final Setting<String> CAMEL =
                Setting.text("camelCase", "A name in the wrong style.").defaultsTo("x");

        @Override
        public List<Setting<?>> settings() {
            return List.of(CAMEL);
        }
    }

    static class BadDefault extends Unregistered {
        // the rule comes after the default, which therefore escapes it
        private static final Setting<Long> NUMBER =
                Setting.number("number", "At least two.").defaultsTo(1L).atLeast(2L);

        @Override
        public List<Setting<?>> settings() {
            return List.of(NUMBER);
        }
    }

    static class StartsThread extends Unregistered {
        @Override
        public MemoryTier create(ProviderContext context) {
            CountDownLatch end = new CountDownLatch(1);
            Thread thread = new Thread(
                    () -> {
                        try {
                            end.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    },
                    "broken-provider");
            thread.setDaemon(true);
            thread.start();
            return new BrokenTiers.Wrapper(new InMemoryTier()) {
                @Override
                public void close() {
                    end.countDown();
                }
            };
        }
    }

    static class SubmitsTask extends Unregistered {
        @Override
        public MemoryTier create(ProviderContext context) {
            context.blocking().execute(() -> {});
            return new InMemoryTier();
        }
    }

    static class WritesFile extends Unregistered {
        @Override
        public MemoryTier create(ProviderContext context) {
            try {
                Files.createDirectories(context.dataDirectory());
                Files.createTempFile(context.dataDirectory(), "opened", ".tmp");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return new InMemoryTier();
        }
    }

    static class PlainPassword extends Unregistered {
        private static final Setting<String> PASSWORD = Setting.text(
                        "redis.password", "Should be declared as a secret.")
                .optional();

        @Override
        public List<Setting<?>> settings() {
            return List.of(PASSWORD);
        }
    }

    static class PrintsSecret extends Unregistered {
        private static final Setting<Secret> TOKEN =
                Setting.secret("token", "Is printed by the product.").optional();

        @Override
        public List<Setting<?>> settings() {
            return List.of(TOKEN);
        }

        @Override
        public MemoryTier create(ProviderContext context) {
            String token = context.settings().find(TOKEN).map(Secret::reveal).orElse("");
            return new BrokenTiers.Wrapper(new InMemoryTier()) {
                @Override
                public String toString() {
                    return "tier with token " + token;
                }
            };
        }
    }

    static class ClosesOnce extends Unregistered {
        @Override
        public MemoryTier create(ProviderContext context) {
            return new BrokenTiers.Wrapper(new InMemoryTier()) {
                private boolean closed;

                @Override
                public void close() {
                    if (closed) {
                        throw new IllegalStateException("closed already");
                    }
                    closed = true;
                }
            };
        }
    }

    static class ClosesExecutor extends Unregistered {
        @Override
        public MemoryTier create(ProviderContext context) {
            return new BrokenTiers.Wrapper(new InMemoryTier()) {
                @Override
                public void close() {
                    context.blocking().shutdown();
                }
            };
        }
    }
}
