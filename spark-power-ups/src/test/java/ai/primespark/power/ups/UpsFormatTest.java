package ai.primespark.power.ups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UpsFormatTest {

    @Test
    void whatUpscPrintsIsRead() throws IOException {
        assertThat(UpsFormat.parse("# a note\nups.status: OL CHRG\r\n\nups.mfr: A: B\nbattery.charge: 97\n"))
                .isEqualTo(Map.of("ups.status", "OL CHRG", "ups.mfr", "A: B", "battery.charge", "97"));
    }

    @Test
    void jsonIsReadFlatOrNested() throws IOException {
        Map<String, String> expected = Map.of("ups.status", "OB", "battery.charge", "64.5", "beeper", "true");
        assertThat(UpsFormat.parse("{\"ups.status\": \"OB\", \"battery.charge\": 64.5, \"beeper\": true, \"x\": null}"))
                .isEqualTo(expected);
        assertThat(UpsFormat.parse(
                        "{\"ups\": {\"status\": \"OB\"}, \"battery\": {\"charge\": 64.5}, \"beeper\": true}"))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " \n ",
                "ups.status OL",
                "Traceback (most recent call last):",
                "ups.status: OL\nups.status: OB",
                "{\"ups.status\": \"OL\"} more",
                "{\"ups.status\": [\"OL\"]}",
                "{\"ups.status\": \"OL\"",
                "{\"a\": 1, \"a\": 2}",
                "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}",
                "[1]"
            })
    void whatIsNeitherIsRefused(String text) {
        assertThatThrownBy(() -> UpsFormat.parse(text)).isInstanceOf(IOException.class);
    }

    @Test
    void anEndlessListIsRefused() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i <= UpsFormat.MAX_VARIABLES; i++) {
            text.append("a").append(i).append(": 1\n");
        }
        assertThatThrownBy(() -> UpsFormat.parse(text.toString()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("2000");
    }
}
