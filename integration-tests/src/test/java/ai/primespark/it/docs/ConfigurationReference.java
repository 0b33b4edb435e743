package ai.primespark.it.docs;

import ai.primespark.core.CoreSettings;
import ai.primespark.core.agent.queue.FileQueueProvider;
import ai.primespark.core.agent.queue.MemoryQueueProvider;
import ai.primespark.core.auth.store.FileUserStoreProvider;
import ai.primespark.core.auth.store.MemoryUserStoreProvider;
import ai.primespark.core.auth.store.TieredUserStoreProvider;
import ai.primespark.core.config.Section;
import ai.primespark.core.discovery.ProviderKind;
import ai.primespark.core.memory.CaffeineTierProvider;
import ai.primespark.core.memory.DirectoryTierProvider;
import ai.primespark.core.vpn.StaticDriverProvider;
import ai.primespark.spi.LlmBackendProvider;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.PowerSourceProvider;
import ai.primespark.spi.RemoteAgentProvider;
import ai.primespark.spi.Setting;
import ai.primespark.spi.SparkProvider;
import ai.primespark.spi.TaskQueueProvider;
import ai.primespark.vpn.wireguard.driver.WireGuardProvider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/** Renders the configuration reference and every module's reference.conf from the declared settings. */
final class ConfigurationReference {

    private static final String NOTE = "Generated from the declared settings; see CONTRIBUTING.md";

    private ConfigurationReference() {}

    /** File contents by path within the project. */
    static Map<Path, String> render() {
        Map<Path, String> files = new LinkedHashMap<>();
        files.put(Path.of("docs/configuration.md"), page());
        List<SparkProvider> embedded = List.of(new CaffeineTierProvider(), new DirectoryTierProvider());
        files.put(Path.of("spark-core/src/main/resources/reference.conf"), coreReference(embedded));
        for (LlmBackendProvider provider : ourBackends()) {
            files.put(
                    Path.of("spark-llm-" + provider.name(), "src/main/resources/reference.conf"),
                    pluginReference("llm", provider));
        }
        for (MemoryTierProvider provider : ourTiers()) {
            files.put(
                    Path.of("spark-memory-" + provider.name(), "src/main/resources/reference.conf"),
                    pluginReference("memory", provider));
        }
        for (TaskQueueProvider provider : ourQueues()) { // beside the memory tier of the same technology
            files.merge(
                    Path.of("spark-memory-" + provider.name(), "src/main/resources/reference.conf"),
                    typeReference("agents", provider),
                    (memory, agents) -> memory + agents);
        }
        files.put(Path.of("spark-power-ups/src/main/resources/reference.conf"), powerReference());
        files.put(
                Path.of("spark-vpn-wireguard/src/main/resources/reference.conf"),
                pluginReference("vpn", new WireGuardProvider()));
        for (RemoteAgentProvider provider : ourAgents()) {
            files.put(
                    Path.of("spark-agent-" + provider.name(), "src/main/resources/reference.conf"),
                    pluginReference("agents", provider));
        }
        return files;
    }

    private static List<MemoryTierProvider> ourTiers() {
        List<MemoryTierProvider> ours = new ArrayList<>();
        for (MemoryTierProvider provider : ServiceLoader.load(MemoryTierProvider.class)) {
            if (provider.getClass().getPackageName().startsWith("ai.primespark.memory.")) {
                ours.add(provider);
            }
        }
        ours.sort(java.util.Comparator.comparing(SparkProvider::name));
        return ours;
    }

    private static List<SparkProvider> embeddedQueues() {
        return List.of(new MemoryQueueProvider(), new FileQueueProvider());
    }

    private static List<SparkProvider> embeddedUserStores() {
        return List.of(new FileUserStoreProvider(), new MemoryUserStoreProvider(), new TieredUserStoreProvider());
    }

    private static List<TaskQueueProvider> ourQueues() {
        List<TaskQueueProvider> ours = new ArrayList<>();
        for (TaskQueueProvider provider : ServiceLoader.load(TaskQueueProvider.class)) {
            if (provider.getClass().getPackageName().startsWith("ai.primespark.memory.")
                    || provider.getClass().getPackageName().startsWith("ai.primespark.agent.")) {
                ours.add(provider);
            }
        }
        return ours;
    }

    private static List<PowerSourceProvider> ourPowerSources() {
        List<PowerSourceProvider> ours = new ArrayList<>();
        for (PowerSourceProvider provider : ServiceLoader.load(PowerSourceProvider.class)) {
            if (provider.getClass().getPackageName().startsWith("ai.primespark.power.")) {
                ours.add(provider);
            }
        }
        ours.sort(java.util.Comparator.comparing(SparkProvider::name));
        return ours;
    }

    private static List<RemoteAgentProvider> ourAgents() {
        List<RemoteAgentProvider> ours = new ArrayList<>();
        for (RemoteAgentProvider provider : ServiceLoader.load(RemoteAgentProvider.class)) {
            if (provider.getClass().getPackageName().startsWith("ai.primespark.agent.")) {
                ours.add(provider);
            }
        }
        ours.sort(java.util.Comparator.comparing(SparkProvider::name));
        return ours;
    }

    private static List<LlmBackendProvider> ourBackends() {
        List<LlmBackendProvider> ours = new ArrayList<>();
        for (LlmBackendProvider provider : ServiceLoader.load(LlmBackendProvider.class)) {
            if (provider.getClass().getPackageName().startsWith("ai.primespark.llm.")) {
                ours.add(provider);
            }
        }
        ours.sort(java.util.Comparator.comparing(SparkProvider::name));
        return ours;
    }

    // --- the page

    private static String page() {
        StringBuilder out = new StringBuilder();
        out.append("<!-- ").append(NOTE).append(" -->\n");
        out.append("""
                # Configuration reference

                Files are [HOCON](https://github.com/lightbend/config/blob/main/HOCON.md), a superset of JSON and Java properties. Everything
                stands under `primespark`. `SparkConfig.load()` reads, lowest first: `application.conf` and `primespark.conf` on the class
                path, `primespark.conf` in the working directory (or the file that `-Dprimespark.config=FILE` names), environment variables,
                system properties. What the program sets on the builder wins over all of them.

                An environment variable is a setting's path in upper case, with dots and dashes as underscores:
                `PRIMESPARK_LLM_LIMITS_FIRST_BYTE=90s`. A system property is the path itself: `-Dprimespark.llm.limits.first-byte=90s`.

                Providers are listed with a `type` and, if there is more than one of a type, an `id` of their own. Settings for all instances of
                a type stand under `types`: `primespark.llm.types.ollama.url = "http://pi:11434"`.

                Durations have a unit (`250 ms`, `5s`, `2m`, `7 days`), sizes may have one (`64 MiB`). A setting without a default that is not
                required may be left out.
                """);
        for (Section section : CoreSettings.sections()) {
            out.append("\n## ").append(section.title()).append("\n\n");
            table(
                    out,
                    section.name().isEmpty() ? "primespark." : "primespark." + section.name() + ".",
                    section.settings());
            section.providerLists().forEach(list -> providers(out, section, list));
        }
        return out.toString();
    }

    private static void providers(StringBuilder out, Section section, Section.ProviderList list) {
        List<SparkProvider> providers = new ArrayList<>();
        if (section.name().equals("memory")) {
            providers.add(new CaffeineTierProvider());
            providers.add(new DirectoryTierProvider());
            providers.addAll(ourTiers());
        } else if (list.kind() == ProviderKind.REMOTE_AGENT) {
            providers.addAll(ourAgents());
        } else if (section.name().equals("power")) {
            providers.addAll(ourPowerSources());
        } else if (section.name().equals("vpn")) {
            providers.add(new StaticDriverProvider());
            providers.add(new WireGuardProvider());
        } else if (section.name().equals("auth")) {
            providers.addAll(embeddedUserStores());
        } else if (section.name().equals("agents")) {
            providers.addAll(embeddedQueues());
            providers.addAll(ourQueues());
        } else {
            providers.addAll(ourBackends());
        }
        if (!list.common().isEmpty()) {
            out.append("\nEvery ").append(list.noun()).append(":\n\n");
            table(out, "", list.common());
        }
        for (SparkProvider provider : providers) {
            out.append("\n### ")
                    .append(Character.toUpperCase(list.noun().charAt(0)))
                    .append(list.noun().substring(1))
                    .append(" `")
                    .append(provider.name())
                    .append("`\n\n");
            table(out, "", provider.settings());
        }
    }

    private static void table(StringBuilder out, String prefix, List<Setting<?>> settings) {
        out.append("| setting | value | default | meaning |\n|---|---|---|---|\n");
        for (Setting<?> setting : settings) {
            out.append("| `")
                    .append(prefix)
                    .append(setting.name())
                    .append("` | ")
                    .append(setting.allowed().replace("|", "\\|"))
                    .append(" | ")
                    .append(setting.defaultText()
                            .map(text -> "`" + text + "`")
                            .orElse(setting.isRequired() ? "required" : ""))
                    .append(" | ")
                    .append(setting.description().replace("|", "\\|"))
                    .append(" |\n");
        }
        for (Setting<?> setting : settings) {
            if (!setting.fields().isEmpty()) {
                out.append("\nEach entry of `")
                        .append(prefix)
                        .append(setting.name())
                        .append("`:\n\n");
                table(out, "", setting.fields());
            }
        }
    }

    // --- reference.conf

    private static String coreReference(List<SparkProvider> embedded) {
        StringBuilder out = new StringBuilder("# " + NOTE + "\nprimespark {\n");
        for (Section section : CoreSettings.sections()) {
            boolean root = section.name().isEmpty();
            if (!root) {
                out.append("\n  # ")
                        .append(section.title())
                        .append("\n  ")
                        .append(section.name())
                        .append(" {\n");
            }
            settings(out, root ? "  " : "    ", section.settings());
            List<SparkProvider> inside = switch (section.name()) {
                case "memory" -> embedded;
                case "agents" -> embeddedQueues();
                case "vpn" -> List.of(new StaticDriverProvider());
                case "auth" -> embeddedUserStores();
                default -> List.of();
            };
            if (!inside.isEmpty()) {
                out.append("    types {\n");
                for (SparkProvider provider : inside) {
                    out.append("      ").append(provider.name()).append(" {\n");
                    settings(out, "        ", provider.settings());
                    out.append("      }\n");
                }
                out.append("    }\n");
            }
            if (!root) {
                out.append("  }\n");
            }
        }
        return out.append("}\n").toString();
    }

    private static String pluginReference(String section, SparkProvider provider) {
        return "# " + NOTE + "\n" + typeReference(section, provider);
    }

    /** The module of power sources has several types. */
    private static String powerReference() {
        StringBuilder out = new StringBuilder("# " + NOTE + "\n");
        for (PowerSourceProvider provider : ourPowerSources()) {
            out.append(typeReference("power", provider));
        }
        return out.toString();
    }

    private static String typeReference(String section, SparkProvider provider) {
        StringBuilder out = new StringBuilder("primespark.")
                .append(section)
                .append(".types.")
                .append(provider.name())
                .append(" {\n");
        settings(out, "  ", provider.settings());
        return out.append("}\n").toString();
    }

    private static void settings(StringBuilder out, String indent, List<Setting<?>> settings) {
        for (Setting<?> setting : settings) {
            out.append(indent).append("# ").append(setting.description()).append('\n');
            out.append(indent).append("# ").append(setting.allowed()).append('\n');
            out.append(indent)
                    .append(setting.defaultText()
                            .map(text -> setting.name() + " = " + literal(text))
                            .orElse("# " + setting.name() + " = "
                                    + (setting.isRequired() ? "(required)" : "(not set)")))
                    .append('\n');
        }
    }

    private static String literal(String text) {
        return text.matches("-?[0-9.]+|true|false|[\\[{].*")
                ? text
                : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
