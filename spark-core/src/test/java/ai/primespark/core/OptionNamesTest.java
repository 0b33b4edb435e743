package ai.primespark.core;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.ProviderSpec;
import ai.primespark.Secret;
import ai.primespark.Zone;
import ai.primespark.core.llm.LlmSettings;
import ai.primespark.core.memory.MemorySettings;
import ai.primespark.llm.Budget;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.Price;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.llm.SemanticCacheUse;
import ai.primespark.memory.Ack;
import ai.primespark.memory.MemoryOptions;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.spi.Setting;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Everything that a file can say, the builder can say with typed objects, and nothing else. */
class OptionNamesTest {

    private static final Map<Class<?>, Object> SAMPLES = Map.ofEntries(
            Map.entry(ProviderSpec[].class, new ProviderSpec[] {ProviderSpec.of("x")}),
            Map.entry(RoutingStrategy.class, RoutingStrategy.EDGE_ONLY),
            Map.entry(SemanticCacheUse.class, SemanticCacheUse.ALWAYS),
            Map.entry(String.class, "x"),
            Map.entry(Map.class, Map.of("a", "b")),
            Map.entry(boolean.class, true),
            Map.entry(int.class, 5),
            Map.entry(long.class, 5L),
            Map.entry(double.class, 0.5),
            Map.entry(Duration.class, Duration.ofHours(1)),
            Map.entry(Ack.class, Ack.tier(1)),
            Map.entry(
                    Price[].class,
                    new Price[] {Price.of("x", 0.5, 1.5), Price.of("x", 1, 2).forModel("y")}),
            Map.entry(Budget[].class, new Budget[] {
                Budget.tokens("a", 5, Budget.Period.HOUR),
                Budget.money("b", 0.5, Budget.Period.DAY).on("x"),
                Budget.joules("c", 0.5, Budget.Period.MONTH).in(Zone.EDGE)
            }),
            Map.entry(ZoneId.class, ZoneId.of("Europe/Berlin")));

    /** For settings whose range does not include the sample. */
    private static final Map<Class<?>, Object> OTHER_SAMPLES =
            Map.of(long.class, 2L << 20, Duration.class, Duration.ofMillis(5));

    private static final Map<String, Object> SAMPLES_BY_METHOD = Map.of(
            "namespaces",
            Map.of("a", NamespaceOptions.DEFAULT.withTtl(Duration.ofHours(1)).withAck(Ack.tier(1))),
            "encryptionKeys",
            Map.of(
                    "k1",
                    Secret.of(Base64.getEncoder()
                            .encodeToString("0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII)))),
            "encryptionKeysFile",
            Path.of("keys"),
            "encryptionFrom",
            Zone.CLOUD,
            "maxInFlightOn",
            Map.of("a", 5),
            "cost",
            Map.of("a", 0.5));

    @Test
    void llmOptionsAreTheSettingsOfTheLlmSection() throws Exception {
        check(LlmSettings.ALL, LlmOptions::builder, LlmOptions.Builder.class);
    }

    @Test
    void memoryOptionsAreTheSettingsOfTheMemorySection() throws Exception {
        check(MemorySettings.ALL, MemoryOptions::builder, MemoryOptions.Builder.class);
    }

    private static void check(List<Setting<?>> declared, Supplier<Object> builders, Class<?> type) throws Exception {
        Map<String, Setting<?>> byName = new HashMap<>();
        declared.forEach(setting -> byName.put(setting.name(), setting));
        Map<String, String> methods = new HashMap<>();
        for (Method method : type.getDeclaredMethods()) {
            if (!Modifier.isPublic(method.getModifiers()) || method.getReturnType() != type) {
                continue;
            }
            Object sample =
                    SAMPLES_BY_METHOD.getOrDefault(method.getName(), SAMPLES.get(method.getParameterTypes()[0]));
            assertThat(sample).as("a sample for " + method).isNotNull();
            Object builder = builders.get();
            method.invoke(builder, sample);
            Map<?, ?> values = toMap(builder);

            assertThat(values).as(method.getName()).hasSize(1);
            String name = (String) values.keySet().iterator().next();
            assertThat(byName).as(method.getName()).containsKey(name);
            assertThat(methods.put(name, method.getName()))
                    .as("another method for " + name)
                    .isNull();
            Object value = values.get(name);
            try {
                assertThat(byName.get(name).parse(value)).as(method.getName()).isNotNull();
            } catch (IllegalArgumentException e) {
                Object other = OTHER_SAMPLES.get(method.getParameterTypes()[0]);
                assertThat(other).as(method.getName() + ": " + e.getMessage()).isNotNull();
                assertThat(byName.get(name).parse(other)).as(method.getName()).isNotNull();
            }
        }
        assertThat(methods.keySet()).containsExactlyInAnyOrderElementsOf(byName.keySet());
    }

    private static Map<?, ?> toMap(Object builder) throws Exception {
        Object options = builder.getClass().getMethod("build").invoke(builder);
        Method toMap = Arrays.stream(options.getClass().getMethods())
                .filter(m -> m.getName().equals("toMap"))
                .findFirst()
                .orElseThrow();
        return (Map<?, ?>) toMap.invoke(options);
    }
}
