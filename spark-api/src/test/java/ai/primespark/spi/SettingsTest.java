package ai.primespark.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.primespark.Secret;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

class SettingsTest {

    private static final Setting<String> HOST = Setting.text("host", "The server.");
    private static final Setting<Long> PORT =
            Setting.number("port", "Its port.").atLeast(1L).defaultsTo(6379L);
    private static final Setting<Secret> PASSWORD =
            Setting.secret("password", "Its password.").optional();
    private static final List<Setting<?>> ALL = List.of(HOST, PORT, PASSWORD);

    @Test
    void fillsInDefaultsAndLeavesOptionalOnesOut() {
        Settings settings = Settings.of(ALL, Map.of("host", "pi"));

        assertThat(settings.get(HOST)).isEqualTo("pi");
        assertThat(settings.get(PORT)).isEqualTo(6379);
        assertThat(settings.find(PASSWORD)).isEmpty();
        assertThatExceptionOfType(NoSuchElementException.class)
                .isThrownBy(() -> settings.get(PASSWORD))
                .withMessage("setting 'password' has no value");
    }

    @Test
    void findsOnlyTheVeryObjectThatWasDeclared() {
        Settings settings = Settings.of(ALL, Map.of("host", "pi"));

        assertThat(settings.find(Setting.text("host", "Another one."))).isEmpty();
    }

    @Test
    void namesTheSettingThatIsWrong() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Settings.of(ALL, Map.of()))
                .withMessage("host: is required (The server.)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Settings.of(ALL, Map.of("host", "pi", "port", 0)))
                .withMessage("port: must be at least 1, but is 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Settings.of(ALL, Map.of("host", "pi", "prot", 1)))
                .withMessage("prot: unknown setting, known are [host, port, password]");
    }

    @Test
    void masksSecretsInItsText() {
        Settings settings = Settings.of(ALL, Map.of("host", "pi", "password", "hunter2"));

        assertThat(settings.get(PASSWORD).reveal()).isEqualTo("hunter2");
        assertThat(settings).hasToString("Settings[host=pi, port=6379, password=***]");
        assertThat(Settings.of(List.of(), Map.of())).hasToString("Settings[]");
    }

    @Test
    void aRefusedSecretStandsInNoMessageOfTheChain() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Settings.of(ALL, Map.of("host", "pi", "password", "change_me_hunter2")))
                .satisfies(e -> {
                    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                        assertThat(cause.toString()).doesNotContain("hunter2");
                    }
                });
    }
}
