package ai.primespark.it.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.lang.ArchRule;

/** Who may see whom. */
final class ModuleRules {

    /** Root packages of the plugins: one more here for each plugin module. */
    static final String[] PLUGINS = {
        "ai.primespark.memory.redis..",
        "ai.primespark.agent.redis..",
        "ai.primespark.agent.http..",
        "ai.primespark.memory.nfs..",
        "ai.primespark.memory.s3..",
        "ai.primespark.llm.ollama..",
        "ai.primespark.llm.openai..",
        "ai.primespark.llm.recall..",
        "ai.primespark.power.ups..",
        "ai.primespark.vpn.wireguard..",
        "ai.primespark.examples.plugin.."
    };

    static final String[] API = {
        "ai.primespark",
        "ai.primespark.agent",
        "ai.primespark.auth",
        "ai.primespark.event",
        "ai.primespark.health",
        "ai.primespark.llm",
        "ai.primespark.memory",
        "ai.primespark.power",
        "ai.primespark.spi",
        "ai.primespark.spi.http",
        "ai.primespark.vpn"
    };

    static final ArchRule API_USES_THE_JDK_AND_JSPECIFY_ONLY = classes()
            .that()
            .resideInAnyPackage(API)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(concat(API, "java..", "javax.crypto..", "javax.net.ssl..", "org.jspecify.annotations"))
            .because("applications and plugins compile against spark-api, and must not inherit a library from it");

    static final ArchRule CORE_NAMES_NO_PLUGIN = noClasses()
            .that()
            .resideInAPackage("ai.primespark.core..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(PLUGINS)
            .because("the engine finds plugins at run time");

    static final ArchRule PLUGINS_DO_NOT_SEE_THE_ENGINE = noClasses()
            .that()
            .resideInAnyPackage(PLUGINS)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.primespark.core..")
            .because("a plugin compiles against spark-api alone");

    static final ArchRule APPLICATIONS_DO_NOT_SEE_THE_ENGINE = noClasses()
            .that()
            .resideInAnyPackage("ai.primespark.examples..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "ai.primespark.core..",
                    "ai.primespark.llm.ollama..",
                    "ai.primespark.llm.recall..",
                    "ai.primespark.memory.redis..",
                    "ai.primespark.memory.nfs..",
                    "ai.primespark.memory.s3..")
            .because("an application compiles against spark-api alone");

    static final ArchRule SPI_IS_NOT_USED_BY_APPLICATIONS = noClasses()
            .that()
            .resideInAnyPackage("ai.primespark.examples.quickstart..", "ai.primespark.examples.server..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.primespark.spi..")
            .because("the user's view must be enough for an application");

    static final ArchRule CORE_PACKAGES_ARE_FREE_OF_CYCLES =
            slices().matching("ai.primespark.core.(*)..").should().beFreeOfCycles();

    private ModuleRules() {}

    private static String[] concat(String[] first, String... more) {
        String[] all = java.util.Arrays.copyOf(first, first.length + more.length);
        System.arraycopy(more, 0, all, first.length, more.length);
        return all;
    }
}
