package ai.primespark.core.config;

import ai.primespark.ConfigProblem;
import ai.primespark.ConfigurationException;
import ai.primespark.SparkConfig;
import ai.primespark.SystemInfo;
import ai.primespark.core.discovery.ProviderKind;
import ai.primespark.core.discovery.Providers;
import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import ai.primespark.spi.SparkProvider;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads a configuration, checks all of it, and gives it whole or not at all. One reader reads once. */
public final class ConfigReader {

    private static final String ID_RULE = "[a-z][a-z0-9-]*";
    private static final String TYPES = "types";

    private final List<Section> sections;
    private final Providers providers;
    private final List<ConfigProblem> problems = new ArrayList<>();
    private final Map<String, SystemInfo.SettingInfo> info = new TreeMap<>();

    public ConfigReader(List<Section> sections, Providers providers) {
        this.sections = sections;
        this.providers = providers;
    }

    /** Adds a problem that was found elsewhere, to be reported with the others. */
    public void report(ConfigProblem problem) {
        problems.add(problem);
    }

    /**
     * Reads and checks.
     *
     * @param config the application's sources
     * @param program values of the builder by full path
     * @throws ConfigurationException with every problem
     */
    public Resolved read(SparkConfig config, Map<String, Object> program) {
        Config merged = new Layers(knownPaths(), problems).merge(config, program);
        ConfigObject ours = root(merged);
        refuseUnknownSections(ours);

        Map<String, Settings> values = new LinkedHashMap<>();
        Map<ProviderKind, List<Resolved.Instance>> instances = new EnumMap<>(ProviderKind.class);
        for (Section section : sections) {
            ConfigObject object =
                    section.name().isEmpty() ? ours : child(ours, section.name(), "primespark." + section.name());
            values.put(section.name(), read(section, object));
            refuseUnknownTypes(section, object);
            section.providerLists().forEach(list -> instances.put(list.kind(), instances(section, list, object)));
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        return new Resolved(values, instances, info);
    }

    // --- sections

    private Settings read(Section section, ConfigObject object) {
        List<Setting<?>> plain = new ArrayList<>(section.settings());
        section.providerLists().forEach(list -> plain.removeIf(s -> s.name().equals(list.setting())));
        Fields fields = new Fields(plain, section.path(""), Origins.DEFAULT);
        section.providerLists().forEach(list -> {
            fields.ignored.add(list.setting());
            fields.ignored.add(TYPES);
        });
        if (section.name().isEmpty()) {
            sections.forEach(s -> fields.ignored.add(s.name()));
        }
        return fields.read(object);
    }

    private void refuseUnknownSections(ConfigObject ours) {
        if (sections.stream().noneMatch(s -> s.name().isEmpty())) {
            for (String key : ours.keySet()) {
                if (sections.stream().noneMatch(s -> s.name().equals(key))) {
                    unknown(
                            "primespark." + key,
                            ours.get(key),
                            key,
                            sections.stream().map(Section::name).toList());
                }
            }
        }
    }

    private ConfigObject root(Config merged) {
        return child(merged.root(), "primespark", "primespark");
    }

    private ConfigObject child(ConfigObject parent, String name, String path) {
        ConfigValue value = parent.get(name);
        if (value instanceof ConfigObject object) {
            return object;
        }
        if (value != null && value.valueType() != ConfigValueType.NULL) {
            ConfigProblem problem = new ConfigProblem(
                    path, Origins.of(value.origin()), "must be a section", "write " + name + " { … }");
            if (!problems.contains(problem)) { // the types section is looked at once for every instance
                problems.add(problem);
            }
        }
        return ConfigValueFactory.fromMap(Map.of(), Origins.DEFAULT);
    }

    // --- providers

    /** Where nothing is the default, an empty list says the same. */
    private boolean isOne(ConfigList entries, Section.ProviderList list) {
        return entries.size() == 1
                || entries.isEmpty() && list.defaults().apply(providers).isEmpty();
    }

    private List<Resolved.Instance> instances(Section section, Section.ProviderList list, ConfigObject object) {
        ConfigValue value = object.get(list.setting());
        String path = section.path(list.setting());
        if (value == null || value.valueType() == ConfigValueType.NULL) {
            value = ConfigValueFactory.fromIterable(
                    list.defaults().apply(providers).stream()
                            .map(type -> Map.of("type", type))
                            .toList(),
                    Origins.DEFAULT);
        }
        if (list.single() && value instanceof ConfigObject) {
            Resolved.Instance one = instance(section, list, object, value, path);
            return one == null ? List.of() : List.of(one);
        }
        if (!(value instanceof ConfigList entries) || list.single() && !isOne(entries, list)) {
            problems.add(new ConfigProblem(
                    path,
                    Origins.of(value.origin()),
                    list.single() ? "must be one " + list.noun() : "must be a list",
                    "write " + list.setting() + (list.single() ? " = {type = …}" : " = [{type = …}]")));
            return List.of();
        }
        List<Resolved.Instance> made = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            String entryPath = path + "[" + i + "]";
            Resolved.Instance instance = instance(section, list, object, entries.get(i), entryPath);
            if (instance != null) {
                made.stream()
                        .filter(other -> other.id().equals(instance.id()))
                        .findFirst()
                        .ifPresent(other -> problems.add(new ConfigProblem(
                                entryPath + ".id",
                                instance.origin(),
                                "two " + list.noun() + "s have the id '" + instance.id() + "'; the other is "
                                        + other.path() + " (" + other.origin() + ")",
                                "give each an id of its own, such as id = " + instance.id() + "-2")));
                made.add(instance);
            }
        }
        return made;
    }

    private void refuseUnknownTypes(Section section, ConfigObject object) {
        if (section.providerLists().isEmpty()) {
            return; // then it is a setting like any other, and refused as such
        }
        List<String> known = section.providerLists().stream()
                .flatMap(list -> providers.names(list.kind()).stream())
                .toList();
        ConfigObject types = child(object, TYPES, section.path(TYPES));
        for (String type : types.keySet()) {
            if (!Origins.onlyReference(types.get(type)) && !known.contains(type)) {
                unknown(section.path(TYPES + "." + type), types.get(type), type, known);
            }
        }
    }

    private Resolved.@Nullable Instance instance(
            Section section, Section.ProviderList list, ConfigObject object, ConfigValue value, String path) {
        if (!(value instanceof ConfigObject entry)
                || entry.get("type") == null
                || entry.get("type").valueType() != ConfigValueType.STRING) {
            problems.add(new ConfigProblem(
                    path,
                    Origins.of(value.origin()),
                    "must be a " + list.noun() + " with a type",
                    "write {type = …}; " + providers.describe(list.kind())));
            return null;
        }
        String type = String.valueOf(entry.get("type").unwrapped());
        String origin = Origins.of(entry.get("type").origin());
        Providers.Choice choice = providers.choose(list.kind(), type);
        if (choice.provider().isEmpty()) {
            boolean unknown = choice.problem().equals("unknown");
            problems.add(new ConfigProblem(
                    path + ".type",
                    origin,
                    unknown ? "there is no " + list.noun() + " of type '" + type + "'" : choice.problem(),
                    (unknown ? Suggestions.remedy(type, providers.names(list.kind())) + " " : "")
                            + providers.describe(list.kind())
                            + (unknown ? "; add the plugin's jar to the run-time path" : "")));
            return null;
        }
        SparkProvider provider = choice.provider().get();
        String id = id(entry, type, path);
        ConfigObject withDefaults = entry.withoutKey("type")
                .withoutKey("id")
                .withFallback(child(child(object, TYPES, section.path(TYPES)), type, section.path(TYPES + "." + type)));
        Fields own = new Fields(provider.settings(), path + ".", origin);
        own.entry = true;
        list.common().forEach(s -> own.ignored.add(s.name()));
        Fields common = new Fields(list.common(), path + ".", origin);
        provider.settings().forEach(s -> common.ignored.add(head(s.name())));
        common.ignoreUnknown = true; // reported once, by the provider's own fields
        own.alsoKnown.addAll(list.common().stream().map(Setting::name).toList());
        return new Resolved.Instance(provider, id, own.read(withDefaults), common.read(withDefaults), path, origin);
    }

    private String id(ConfigObject entry, String type, String path) {
        ConfigValue value = entry.get("id");
        if (value == null || value.valueType() == ConfigValueType.NULL) {
            return type;
        }
        String id = String.valueOf(value.unwrapped());
        if (!id.matches(ID_RULE)) {
            problems.add(new ConfigProblem(
                    path + ".id",
                    Origins.of(value.origin()),
                    "'" + id + "' is not " + ID_RULE,
                    "use letters, digits and dashes"));
        }
        return id;
    }

    // --- single settings

    /** Reads the fields of one object. */
    private final class Fields {

        private final Map<String, Setting<?>> declared = new LinkedHashMap<>();
        private final String prefix;
        private final String fallbackOrigin;
        private final List<String> ignored = new ArrayList<>();
        private final List<String> alsoKnown = new ArrayList<>(List.of("type", "id"));
        private boolean ignoreUnknown;
        private boolean entry; // of a list of providers or objects, rather than a section
        private final Map<String, Object> values = new LinkedHashMap<>();
        private final Set<String> refused = new HashSet<>();

        Fields(List<Setting<?>> settings, String prefix, String fallbackOrigin) {
            settings.forEach(s -> declared.put(s.name(), s));
            this.prefix = prefix;
            this.fallbackOrigin = fallbackOrigin;
        }

        Settings read(ConfigObject object) {
            walk(object, "");
            List<Setting<?>> usable = new ArrayList<>();
            for (Setting<?> setting : declared.values()) {
                if (refused.contains(setting.name())) {
                    continue; // reported with what is wrong about it
                }
                if (!values.containsKey(setting.name()) && setting.isRequired()) {
                    problems.add(new ConfigProblem(
                            prefix + setting.name(),
                            fallbackOrigin,
                            "is required (" + setting.description() + ")",
                            "set " + setting.name() + "; allowed: " + setting.allowed()));
                } else {
                    usable.add(setting);
                    describe(setting);
                }
            }
            return Settings.of(usable, values);
        }

        private void walk(ConfigObject object, String inner) {
            for (Map.Entry<String, ConfigValue> field : inFileOrder(object)) {
                String name = inner + field.getKey();
                ConfigValue value = field.getValue();
                Setting<?> setting = declared.get(name);
                if (value.valueType() == ConfigValueType.NULL || ignored.contains(name)) {
                    continue;
                }
                if (setting != null) {
                    parse(setting, value);
                } else if (value instanceof ConfigObject nested
                        && declared.keySet().stream().anyMatch(known -> known.startsWith(name + "."))) {
                    walk(nested, name + ".");
                } else if (!ignoreUnknown) {
                    List<String> known = new ArrayList<>(declared.keySet());
                    known.addAll(entry || prefix.endsWith("].") ? alsoKnown : ignored);
                    known.remove("");
                    unknown(prefix + name, value, name, known);
                }
            }
        }

        private List<Map.Entry<String, ConfigValue>> inFileOrder(ConfigObject object) {
            return object.entrySet().stream()
                    .sorted(Comparator.comparing(
                                    (Map.Entry<String, ConfigValue> field) -> Origins.line(field.getValue()))
                            .thenComparing(Map.Entry::getKey))
                    .toList();
        }

        private void parse(Setting<?> setting, ConfigValue value) {
            if (!setting.fields().isEmpty() && value instanceof ConfigList entries) {
                parseObjects(setting, entries);
                return;
            }
            try {
                values.put(setting.name(), setting.parse(value.unwrapped()));
                info.put(
                        prefix + setting.name(),
                        new SystemInfo.SettingInfo(
                                setting.isSecret() ? "***" : String.valueOf(value.unwrapped()),
                                Origins.isReference(value.origin()) ? Origins.DEFAULT : Origins.of(value.origin())));
            } catch (IllegalArgumentException e) {
                problems.add(new ConfigProblem(
                        prefix + setting.name(),
                        Origins.of(value.origin()),
                        String.valueOf(e.getMessage()),
                        "allowed: " + setting.allowed()));
                refused.add(setting.name());
            }
        }

        /** Each object like a section of its own, so that every problem of every field is found and has its place. */
        private void parseObjects(Setting<?> setting, ConfigList entries) {
            int before = problems.size();
            List<Settings> objects = new ArrayList<>();
            for (int i = 0; i < entries.size(); i++) {
                String path = prefix + setting.name() + "[" + i + "]";
                ConfigValue entry = entries.get(i);
                if (entry instanceof ConfigObject object) {
                    Fields fields = new Fields(setting.fields(), path + ".", Origins.of(entry.origin()));
                    fields.alsoKnown.clear(); // it is not a provider
                    objects.add(fields.read(object));
                } else {
                    problems.add(new ConfigProblem(
                            path,
                            Origins.of(entry.origin()),
                            "must be an object",
                            "write {" + setting.fields().get(0).name() + " = …}"));
                }
            }
            if (problems.size() == before) {
                parseWhole(setting, objects, entries);
            } else {
                refused.add(setting.name());
            }
        }

        private void parseWhole(Setting<?> setting, List<Settings> objects, ConfigValue value) {
            try {
                values.put(setting.name(), setting.parse(objects));
                info.put( // what they say stands at the fields of each
                        prefix + setting.name(),
                        new SystemInfo.SettingInfo(
                                objects.size() + (objects.size() == 1 ? " entry" : " entries"),
                                Origins.isReference(value.origin()) ? Origins.DEFAULT : Origins.of(value.origin())));
            } catch (IllegalArgumentException e) { // a rule about all of them
                problems.add(new ConfigProblem(
                        prefix + setting.name(),
                        Origins.of(value.origin()),
                        String.valueOf(e.getMessage()),
                        "change one of them"));
                refused.add(setting.name());
            }
        }

        private void describe(Setting<?> setting) {
            setting.defaultText()
                    .ifPresent(text -> info.putIfAbsent(
                            prefix + setting.name(), new SystemInfo.SettingInfo(text, Origins.DEFAULT)));
        }
    }

    private void unknown(String path, ConfigValue value, String name, List<String> known) {
        if (Origins.onlyReference(value)) { // a module of another version; nothing that the application could mend
            return;
        }
        problems.add(new ConfigProblem(
                path, Origins.of(value.origin()), "is not a setting", Suggestions.remedy(name, known)));
    }

    private static String head(String name) {
        int dot = name.indexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }

    /** Paths that an environment variable can name: all but what stands inside lists. */
    private Map<String, Setting<?>> knownPaths() {
        Map<String, Setting<?>> paths = new LinkedHashMap<>();
        for (Section section : sections) {
            section.settings().forEach(s -> paths.put(section.path(s.name()), s));
            section.providerLists()
                    .forEach(list -> providers
                            .names(list.kind())
                            .forEach(type -> providers
                                    .choose(list.kind(), type)
                                    .provider()
                                    .ifPresent(provider -> {
                                        String prefix = TYPES + "." + type + ".";
                                        list.common().forEach(s -> paths.put(section.path(prefix + s.name()), s));
                                        provider.settings().forEach(s -> paths.put(section.path(prefix + s.name()), s));
                                    })));
        }
        return paths;
    }
}
