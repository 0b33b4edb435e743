package ai.primespark.core.llm.energy;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Zone;
import ai.primespark.spi.BackendInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ThisMachineTest {

    @ParameterizedTest
    @CsvSource({
        "EDGE, '', true",
        "EDGE, http://127.0.0.1:11434, true",
        "EDGE, http://127.8.8.8, true",
        "EDGE, http://localhost:11434/, true",
        "EDGE, http://LOCALHOST:8080/v1, true",
        "EDGE, http://[::1]:11434, true",
        "EDGE, http://192.0.2.7:11434, false",
        "EDGE, http://pi.local:11434, false",
        "EDGE, http://999.0.0.1, false",
        "EDGE, http://[2001:db8::1]:11434, false",
        "EDGE, 'no address at all', false",
        "CLOUD, http://127.0.0.1:4000, false",
        "CLOUD, '', false",
        "TRUSTED, http://localhost:4000, false"
    })
    void onlyWhatSurelyComputesHereIsHere(Zone zone, String endpoint, boolean here) {
        assertThat(ThisMachine.runs(new BackendInfo("x", "test", zone, endpoint, false)))
                .isEqualTo(here);
    }
}
