package ai.primespark.examples.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PayloadsTest {

    @Test
    void whatIsNoObjectOrListIsAText() {
        assertThat(Payloads.read("{\"seconds\": 2}")).isEqualTo(Map.of("seconds", 2));
        assertThat(Payloads.read(" [1, 2]")).isEqualTo(List.of(1, 2));
        assertThat(Payloads.read("17 words")).isEqualTo("17 words");
        assertThat(Payloads.read("")).isEqualTo("");
        assertThatThrownBy(() -> Payloads.read("{\"a\""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is none");
    }
}
