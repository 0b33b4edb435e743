package ai.primespark.llm;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Zone;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrivacyTest {

    @ParameterizedTest
    @CsvSource({
        "EDGE_ONLY, EDGE, true",
        "EDGE_ONLY, TRUSTED, false",
        "EDGE_ONLY, CLOUD, false",
        "TRUSTED, EDGE, true",
        "TRUSTED, TRUSTED, true",
        "TRUSTED, CLOUD, false",
        "ANY, EDGE, true",
        "ANY, TRUSTED, true",
        "ANY, CLOUD, true"
    })
    void allowsNothingBeyondItsReach(Privacy privacy, Zone zone, boolean allowed) {
        assertThat(privacy.allows(zone)).isEqualTo(allowed);
    }
}
