package ai.primespark.core.discovery;

import static ai.primespark.core.discovery.ProviderKind.MEMORY_TIER;
import static ai.primespark.core.discovery.ProviderKind.VPN_DRIVER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.primespark.ConfigurationException;
import ai.primespark.SparkConfig;
import ai.primespark.SystemInfo;
import ai.primespark.core.config.ConfigReader;
import ai.primespark.core.config.Resolved;
import ai.primespark.core.config.Section;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import ai.primespark.spi.SparkProvider;
import ai.primespark.spi.VpnDriverProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProvidersTest {

    @TempDir
    Path dir;

    private PluginLoader plugins;

    /** A provider that is handed over, not found. */
    private record Handed(String name) implements MemoryTierProvider {
        @Override
        public int spiLevel() {
            return SPI_LEVEL;
        }

        @Override
        public MemoryTier create(ProviderContext context) {
            throw new UnsupportedOperationException("choosing makes nothing");
        }
    }

    @BeforeEach
    void startPlugins() throws IOException {
        plugins = new PluginLoader(dir);
        plugins.compile("Good", PluginLoader.tier("Good", "good", "SPI_LEVEL", ""));
    }

    private Providers collect(List<SparkProvider> given, List<SparkProvider> embedded) throws Exception {
        return plugins.onTheRunTimePath(() -> Providers.collect(given, embedded, true));
    }

    private Providers discover(String... services) throws Exception {
        plugins.services(MemoryTierProvider.class, services);
        return collect(List.of(), List.of());
    }

    private static List<SystemInfo.Provider> ofPlugins(Providers providers) {
        return providers.info().stream()
                .filter(p -> p.origin().equals("discovered") && p.toString().contains("plug"))
                .toList();
    }

    private static Resolved read(Providers providers, String tiers) {
        Section memory = new Section(
                "memory",
                "Memory",
                List.of(Setting.providers("tiers", "The tiers.").optional()),
                new Section.ProviderList("tiers", MEMORY_TIER, "memory tier", List.of(), p -> List.of()));
        Section root = new Section("", "The instance", List.of(), null);
        return new ConfigReader(List.of(root, memory), providers)
                .read(SparkConfig.empty().withText("primespark.memory.tiers = " + tiers, "test"), Map.of());
    }

    @Test
    void aGoodOneIsFoundAndCanBeNamed() throws Exception {
        Providers providers = discover("plug.Good # the good one");

        assertThat(ofPlugins(providers))
                .containsExactly(new SystemInfo.Provider("memory-tier", "good", "plug.Good", "discovered", ""));
        assertThat(providers.names(MEMORY_TIER)).contains("good");
        assertThat(read(providers, "[{type = good}]")
                        .instances(MEMORY_TIER)
                        .get(0)
                        .provider()
                        .name())
                .isEqualTo("good");
    }

    @Test
    void oneThatIsTooNewIsListedAndNamingItSaysToUpgradeTheEngine() throws Exception {
        plugins.compile("Late", PluginLoader.tier("Late", "late", "99", ""));
        Providers providers = discover("plug.Late", "plug.Good");
        String problem = "it was built against level 99 of the plugin SPI, and this spark-api has level 1;"
                + " upgrade spark-api and spark-core";

        assertThat(ofPlugins(providers))
                .contains(new SystemInfo.Provider("memory-tier", "late", "plug.Late", "discovered", problem));
        assertThat(read(providers, "[{type = good}]").instances(MEMORY_TIER)).hasSize(1);
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> read(providers, "[{type = late}]"))
                .withMessageStartingWith(
                        "1 problem in the configuration:\n  - primespark.memory.tiers[0].type (test:1):"
                                + " the provider 'late' (plug.Late) cannot be used: " + problem + "; available: [good");
    }

    @Test
    void oneThatIsTooOldIsListedAndNamingItSaysToUpgradeThePlugin() throws Exception {
        plugins.compile("Old", PluginLoader.tier("Old", "old", "0", ""));
        Providers providers = discover("plug.Old", "plug.Good");

        assertThat(read(providers, "[{type = good}]").instances(MEMORY_TIER)).hasSize(1);
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> read(providers, "[{type = old}]"))
                .withMessageContaining(
                        "the provider 'old' (plug.Old) cannot be used: it was built against level 0 of the"
                                + " plugin SPI, and the oldest still supported is 1; upgrade the plugin");
    }

    @Test
    void oneWithoutItsSuperclassCostsOnlyItself() throws Exception {
        plugins.compile("Base", "package plug; public class Base {}");
        plugins.compile("Orphan", PluginLoader.tier("Orphan extends Base", "orphan", "SPI_LEVEL", ""));
        plugins.delete("Base");
        Providers providers = discover("plug.Orphan", "plug.Good");

        assertThat(providers.names(MEMORY_TIER)).contains("good").doesNotContain("orphan");
        assertThat(ofPlugins(providers))
                .anySatisfy(p -> assertThat(p.problem())
                        .isEqualTo("cannot be loaded: java.lang.NoClassDefFoundError: plug/Base"));
    }

    @Test
    void oneWhoseConstructorThrowsCostsOnlyItselfAndSaysWhy() throws Exception {
        plugins.compile(
                "Thrower",
                PluginLoader.tier(
                        "Thrower",
                        "thrower",
                        "SPI_LEVEL",
                        "public Thrower() { throw new IllegalStateException(\"no native library\"); }"));
        Providers providers = discover("plug.Thrower", "plug.Good");

        assertThat(providers.names(MEMORY_TIER)).contains("good");
        assertThat(ofPlugins(providers))
                .anySatisfy(p -> assertThat(p.problem())
                        .contains("plug.Thrower could not be instantiated")
                        .endsWith("java.lang.IllegalStateException: no native library"));
    }

    @Test
    void oneThatFailsWhenAskedIsListedAndCostsOnlyItself() throws Exception {
        plugins.compile(
                "Faulty",
                PluginLoader.tier(
                        "Faulty",
                        "faulty",
                        "SPI_LEVEL",
                        "public java.util.List<Setting<?>> settings() { throw new IllegalStateException(\"bug\"); }"));
        plugins.compile("Shouting", PluginLoader.tier("Shouting", "SHOUT", "SPI_LEVEL", ""));
        Providers providers = discover("plug.Faulty", "plug.Shouting", "plug.Good");

        assertThat(providers.names(MEMORY_TIER)).contains("good").doesNotContain("faulty", "SHOUT");
        assertThat(ofPlugins(providers))
                .anySatisfy(p -> assertThat(p.problem())
                        .isEqualTo("it fails when asked for its name: java.lang.IllegalStateException: bug"))
                .anySatisfy(p -> assertThat(p.problem()).isEqualTo("its name 'SHOUT' is not [a-z][a-z0-9-]*"));
    }

    @Test
    void aMissingClassAndAWrongTypeCostOnlyThemselves() throws Exception {
        plugins.compile("Other", "package plug; public class Other {}");
        Providers providers = discover("plug.Missing", "plug.Other", "plug.Good");

        assertThat(providers.names(MEMORY_TIER)).contains("good");
        assertThat(ofPlugins(providers))
                .anySatisfy(p -> assertThat(p.problem()).contains("plug.Missing not found"))
                .anySatisfy(p -> assertThat(p.problem()).contains("plug.Other not a subtype"));
    }

    @Test
    void aGarbageLineIsReportedWithItsFileAndOtherKindsGoOn() throws Exception {
        plugins.compile(
                "Driver",
                PluginLoader.tier("Driver", "tunnel", "SPI_LEVEL", "")
                        .replace("MemoryTierProvider", "VpnDriverProvider")
                        .replace("MemoryTier create", "VpnDriver create"));
        plugins.services(VpnDriverProvider.class, "plug.Driver");
        Providers providers = discover("plug.Good", "this is no class name");

        assertThat(providers.names(VPN_DRIVER)).contains("tunnel");
        assertThat(providers.info())
                .anySatisfy(p -> assertThat(p.problem())
                        .contains("META-INF/services/" + MemoryTierProvider.class.getName() + ":2"));
    }

    @Test
    void twoOfOneNameAreAmbiguousAndBothAreNamed() throws Exception {
        plugins.compile("Twin", PluginLoader.tier("Twin", "good", "SPI_LEVEL", ""));
        Providers providers = discover("plug.Good", "plug.Twin");

        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> read(providers, "[{type = good}]"))
                .withMessageContaining("two providers call themselves 'good': plug.Good, plug.Twin;"
                        + " keep one of them on the run-time path");
    }

    @Test
    void givenWinsOverEmbeddedWinsOverDiscovered() throws Exception {
        plugins.services(MemoryTierProvider.class, "plug.Good");
        SparkProvider given = new Handed("good");
        SparkProvider embedded = new Handed("good");

        assertThat(collect(List.of(given), List.of(embedded))
                        .choose(MEMORY_TIER, "good")
                        .provider())
                .containsSame(given);
        assertThat(collect(List.of(), List.of(embedded))
                        .choose(MEMORY_TIER, "good")
                        .provider())
                .containsSame(embedded);
        assertThat(collect(List.of(), List.of())
                        .choose(MEMORY_TIER, "good")
                        .provider()
                        .orElseThrow()
                        .getClass())
                .hasToString("class plug.Good");
    }

    @Test
    void withoutDiscoveryOnlyWhatIsHandedInIsThere() throws Exception {
        plugins.services(MemoryTierProvider.class, "plug.Good");
        Providers providers =
                plugins.onTheRunTimePath(() -> Providers.collect(List.of(new Handed("mine")), List.of(), false));

        assertThat(providers.info()).extracting(SystemInfo.Provider::name).containsExactly("mine");
        assertThat(providers.info()).extracting(SystemInfo.Provider::origin).containsExactly("given");
        assertThat(providers.choose(MEMORY_TIER, "good").problem()).isEqualTo("unknown");
    }
}
