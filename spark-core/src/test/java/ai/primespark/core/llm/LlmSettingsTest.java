package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.ProviderSpec;
import ai.primespark.Zone;
import ai.primespark.llm.Budget;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.Price;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.llm.SemanticCacheUse;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LlmSettingsTest {

    @Test
    void understandsExactlyWhatTheOptionsWrite() {
        Duration second = Duration.ofSeconds(1);
        Map<String, Object> all = LlmOptions.builder()
                .backends(new ProviderSpec[0])
                .strategy(RoutingStrategy.BALANCED)
                .defaultModel("small")
                .aliases(Map.of("small", "llama3.2:1b"))
                .smallerModels(Map.of("big", "small"))
                .cloudFallback(false)
                .retries(3)
                .retryBackoff(second)
                .connectTimeout(second)
                .firstByteTimeout(second)
                .firstTokenTimeout(second)
                .idleTimeout(second)
                .totalTimeout(second)
                .maxOutputChars(10)
                .structuredReAsks(2)
                .toolTimeout(second)
                .cache(false)
                .cacheLife(second)
                .cacheTiers(false)
                .cachePatience(second)
                .semanticCache(true)
                .semanticCacheUse(SemanticCacheUse.ALWAYS)
                .semanticCacheModel("embed")
                .semanticCacheThreshold(0.9)
                .semanticCacheMaxEntries(10)
                .semanticCachePatience(second)
                .maxInFlight(5)
                .maxInFlightOn(Map.of("pi", 2))
                .queueSize(7)
                .queueWait(second)
                .statusInterval(second)
                .cost(Map.of("cloud", 2.5))
                .prices(Price.of("cloud", 0.5, 1.5).forModel("big"))
                .budgets(Budget.money("cloud-day", 3, Budget.Period.DAY).in(Zone.CLOUD))
                .budgetTimeZone(ZoneId.of("Europe/Berlin"))
                .hedge(true)
                .hedgeMaxShare(10)
                .logPrompts(true)
                .circuitFailurePercent(10)
                .circuitWindow(20)
                .circuitOpenTime(second)
                .build()
                .toMap();

        Settings settings = Settings.of(LlmSettings.ALL, all);

        assertThat(LlmSettings.ALL).extracting(Setting::name).containsExactlyInAnyOrderElementsOf(all.keySet());
        assertThat(LlmSettings.limits(settings)).isEqualTo(new CallLimits(second, second, second, second, second, 10));
        assertThat(settings.get(LlmSettings.STRATEGY)).isEqualTo(RoutingStrategy.BALANCED);
        assertThat(SpendingSettings.prices(settings))
                .containsExactly(Price.of("cloud", 0.5, 1.5).forModel("big"));
        assertThat(SpendingSettings.budgets(settings))
                .containsExactly(Budget.money("cloud-day", 3, Budget.Period.DAY).in(Zone.CLOUD));
    }

    @Test
    void hasDefaultsForEverythingThatIsNotOptional() {
        Settings settings = Settings.of(LlmSettings.ALL, Map.of());

        assertThat(LlmSettings.limits(settings)).isEqualTo(CallLimits.DEFAULT);
        assertThat(settings.find(LlmSettings.BACKENDS)).isEmpty();
        assertThat(settings.get(LlmSettings.RETRIES)).isEqualTo(1);
        assertThat(settings.get(LlmSettings.CLOUD_FALLBACK)).isTrue();
    }

    @Test
    void refusesValuesOutOfRange() {
        assertThatThrownBy(() -> Settings.of(LlmSettings.ALL, Map.of("retries", 11)))
                .hasMessageContaining("retries")
                .hasMessageContaining("at most 10");
        assertThatThrownBy(() -> Settings.of(LlmSettings.ALL, Map.of("limits.idle", "0 s")))
                .hasMessageContaining("limits.idle");
    }
}
