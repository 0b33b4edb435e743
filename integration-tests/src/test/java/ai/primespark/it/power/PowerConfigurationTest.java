package ai.primespark.it.power;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import ai.primespark.ConfigurationException;
import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.power.ManualPowerSource;
import ai.primespark.power.PowerPolicy.Verdict;
import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerSupply;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.PowerSource;
import ai.primespark.spi.PowerSourceProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How power sources and policies come into an instance. */
@Timeout(60)
class PowerConfigurationTest {

    @TempDir
    Path data;

    private final AtomicInteger closed = new AtomicInteger();

    /** Says the charge that it is configured with. */
    private final class Fixed implements PowerSourceProvider {

        private static final Setting<Double> CHARGE =
                Setting.decimal("charge", "The charge.").defaultsTo(42.0);

        private final boolean byDefault;

        Fixed(boolean byDefault) {
            this.byDefault = byDefault;
        }

        @Override
        public String name() {
            return "fixed";
        }

        @Override
        public int spiLevel() {
            return SPI_LEVEL;
        }

        @Override
        public List<Setting<?>> settings() {
            return List.of(CHARGE);
        }

        @Override
        public boolean usedByDefault() {
            return byDefault;
        }

        @Override
        public PowerSource create(ProviderContext context) {
            return new PowerSource() {
                @Override
                public PowerReading read(Deadline deadline) {
                    return PowerReading.builder(
                                    context.id(),
                                    PowerSupply.MAINS,
                                    context.clock().instant())
                            .charge(context.settings().get(CHARGE))
                            .build();
                }

                @Override
                public void close() {
                    closed.incrementAndGet();
                }
            };
        }
    }

    private PrimeSpark.Builder builder(Map<String, Object> settings) {
        SparkConfig config = SparkConfig.empty().with("primespark.data-dir", data);
        for (Map.Entry<String, Object> setting : settings.entrySet()) {
            config = config.with("primespark.power." + setting.getKey(), setting.getValue());
        }
        return PrimeSpark.builder().discovery(false).config(config);
    }

    @Test
    void sourcesComeFromTheConfigurationAndAreClosedWithTheInstance() {
        Map<String, Object> two = Map.of(
                "sources",
                List.of(
                        Map.of("type", "fixed", "id", "rack", "charge", 77),
                        Map.of("type", "fixed", "id", "desk", "charge", 66)));
        try (PrimeSpark spark = builder(two).provider(new Fixed(false)).build()) {
            await().until(() -> spark.power().status().sources().stream()
                    .allMatch(reading -> reading.quality() == PowerReading.Quality.FRESH));
            assertThat(spark.power().status().sources())
                    .extracting(PowerReading::source)
                    .containsExactly("rack", "desk");
            assertThat(spark.power().status().reading().chargePercent())
                    .as("the worse of the two")
                    .hasValue(66);
        }
        assertThat(closed).hasValue(2);
    }

    @Test
    void aProviderThatSaysSoIsUsedWithoutConfiguration() {
        try (PrimeSpark spark = builder(Map.of()).provider(new Fixed(true)).build()) {
            await().until(() -> spark.power().status().reading().chargePercent().isPresent());
            assertThat(spark.power().status().reading().source()).isEqualTo("fixed");
        }
    }

    @Test
    void withoutAnySourceItIsFullPowerAndHonestlyUnknown() {
        try (PrimeSpark spark = builder(Map.of()).provider(new Fixed(false)).build()) {
            assertThat(spark.power().status().sources()).isEmpty();
            assertThat(spark.power().status().reading().supply()).isEqualTo(PowerSupply.UNKNOWN);
            assertThat(spark.power().status().isPlugged()).isEmpty();
            assertThat(spark.power().profile()).isEqualTo(PowerProfile.FULL);
        }
    }

    @Test
    void whatTheApplicationHandsInWinsAndIsNotClosed() {
        ManualPowerSource own = new ManualPowerSource();
        try (PrimeSpark spark = builder(Map.of("sources", List.of(Map.of("type", "fixed"))))
                .provider(new Fixed(false))
                .powerSource("own", own)
                .powerPolicy((reading, current) -> Verdict.now(PowerProfile.SAVING, "always"))
                .build()) {
            await().until(() -> spark.power().profile() == PowerProfile.SAVING);
            assertThat(spark.power().status().sources())
                    .extracting(PowerReading::source)
                    .containsExactly("own");
        }
        assertThat(closed).hasValue(0);
        assertThat(own.read(Deadline.in(Duration.ofSeconds(1))).supply()).isEqualTo(PowerSupply.MAINS);
    }

    @Test
    void thresholdsThatDoNotFitTogetherAreAConfigurationProblem() {
        ConfigurationException refused = catchThrowableOfType(
                ConfigurationException.class,
                () -> builder(Map.of("charge.low", 5)).build().close());
        assertThat(refused).hasMessageContaining("charge.critical is 10.0, which is above charge.low, 5.0");
    }
}
