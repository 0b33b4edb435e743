package ai.primespark.testkit;

import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerSupply;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.PowerSource;
import ai.primespark.spi.PowerSourceProvider;
import ai.primespark.spi.ProviderContext;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Power sources that break one rule each, over one that keeps them all. */
final class BrokenPowerSources {

    private BrokenPowerSources() {}

    /** A contract around one broken source. */
    abstract static class Broken extends PowerSourceContract {

        private final BiFunction<WordRig, ProviderContext, PowerSource> making;
        private WordRig rig;

        Broken(BiFunction<WordRig, ProviderContext, PowerSource> making) {
            this.making = making;
        }

        @Override
        protected PowerRig newRig(TestContext context) {
            rig = new WordRig();
            return rig;
        }

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(2);
        }

        @Override
        protected PowerSourceProvider provider() {
            return new PowerSourceProvider() {
                @Override
                public String name() {
                    return "broken";
                }

                @Override
                public int spiLevel() {
                    return SPI_LEVEL;
                }

                @Override
                public PowerSource create(ProviderContext context) {
                    return making.apply(rig, context);
                }
            };
        }
    }

    static class Nothing extends Broken {
        Nothing() {
            super(WordSource::new);
        }
    }

    static class CallsUnknownFull extends Broken {
        CallsUnknownFull() {
            super((rig, context) -> new WordSource(rig, context) {
                @Override
                void charge(PowerReading.Builder reading, @Nullable String text) {
                    reading.charge(100);
                    super.charge(reading, text);
                }
            });
        }
    }

    static class RemembersNumbers extends Broken {
        RemembersNumbers() {
            super((rig, context) -> new WordSource(rig, context) {
                private @Nullable String last;

                @Override
                void charge(PowerReading.Builder reading, @Nullable String text) {
                    last = text != null ? text : last;
                    super.charge(reading, last);
                }
            });
        }
    }

    static class ReadsPartsOfWords extends Broken {
        ReadsPartsOfWords() {
            super((rig, context) -> new WordSource(rig, context) {
                @Override
                PowerSupply supply(List<String> words) {
                    PowerSupply supply = super.supply(words);
                    boolean mains = String.join(" ", words).contains("OL");
                    return supply == PowerSupply.UNKNOWN && mains && !words.contains("OB") ? PowerSupply.MAINS : supply;
                }
            });
        }
    }

    static class DropsUnknownWords extends Broken {
        DropsUnknownWords() {
            super((rig, context) -> new WordSource(rig, context) {
                @Override
                void other(PowerReading.Builder reading, String word) {}
            });
        }
    }

    static class BelievesInMains extends Broken {
        BelievesInMains() {
            super((rig, context) -> new WordSource(rig, context) {
                @Override
                PowerSupply supply(List<String> words) {
                    return words.isEmpty() ? PowerSupply.MAINS : super.supply(words);
                }
            });
        }
    }

    static class BelievesTheFirstWord extends Broken {
        BelievesTheFirstWord() {
            super((rig, context) -> new WordSource(rig, context) {
                @Override
                PowerSupply supply(List<String> words) {
                    return super.supply(words.size() > 1 ? words.subList(0, 1) : words);
                }
            });
        }
    }

    static class IgnoresDeadlines extends Broken {
        IgnoresDeadlines() {
            super((rig, context) -> new WordSource(rig, context) {
                @Override
                public PowerReading read(Deadline deadline) {
                    while (rig.isBroken()) {
                        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
                    }
                    return super.read(deadline);
                }
            });
        }
    }

    static class NeverRecovers extends Broken {
        NeverRecovers() {
            super((rig, context) -> new WordSource(rig, context) {
                private boolean hurt;

                @Override
                public PowerReading read(Deadline deadline) {
                    hurt |= rig.isBroken();
                    return super.read(hurt ? Deadline.in(Duration.ofSeconds(-1)) : deadline)
                            .withQuality(hurt ? PowerReading.Quality.LOST : PowerReading.Quality.FRESH);
                }
            });
        }
    }

    static class TellsOldNewsAsFresh extends Broken {
        TellsOldNewsAsFresh() {
            super((rig, context) -> new WordSource(rig, context) {
                private @Nullable PowerReading last;

                @Override
                public PowerReading read(Deadline deadline) {
                    PowerReading known = last;
                    if (rig.isBroken() && known != null) {
                        return known;
                    }
                    PowerReading reading = super.read(deadline);
                    last = reading;
                    return reading;
                }
            });
        }
    }

    static class ThrowsAnything extends Broken {
        ThrowsAnything() {
            super((rig, context) -> new WordSource(rig, context) {
                @Override
                public PowerReading read(Deadline deadline) {
                    if (rig.isBroken()) {
                        throw new IllegalStateException("broken");
                    }
                    return super.read(deadline);
                }
            });
        }
    }

    static class GivesOrders extends Broken {
        GivesOrders() {
            super((rig, context) -> new WordSource(rig, context) {
                @Override
                public void drained(Deadline deadline) {
                    rig.ask("INSTCMD shutdown.return", deadline);
                }
            });
        }
    }

    static class ReadsAfterClose extends Broken {
        ReadsAfterClose() {
            super((rig, context) -> new WordSource(rig, context) {
                @Override
                boolean isClosed() {
                    return false;
                }
            });
        }
    }

    static class FailsOnSecondClose extends Broken {
        FailsOnSecondClose() {
            super((rig, context) -> new WordSource(rig, context) {
                private int closes;

                @Override
                public void close() {
                    if (++closes == 2) {
                        throw new IllegalStateException("closed already");
                    }
                    super.close();
                }
            });
        }
    }
}
