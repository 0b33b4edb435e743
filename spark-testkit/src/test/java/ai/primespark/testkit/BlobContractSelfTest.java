package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Shows that each rule of blobs can fail, and that each fault breaks the rules that it should and no other. */
class BlobContractSelfTest {

    @Test
    void eachFaultBreaksItsRulesAndNoOther() {
        Map<String, List<String>> expected = new TreeMap<>();
        Map<String, List<String>> broken = new TreeMap<>();
        BrokenBlobs.all().forEach((contract, rules) -> {
            expected.put(contract.getSimpleName(), rules);
            broken.put(contract.getSimpleName(), List.copyOf(Contracts.brokenRules(contract)));
        });
        assertThat(broken).isEqualTo(expected);
    }
}
