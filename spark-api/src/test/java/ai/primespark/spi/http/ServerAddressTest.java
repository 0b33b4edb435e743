package ai.primespark.spi.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.Zone;
import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerAddressTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1:8080",
                "http://127.8.9.10",
                "http://localhost:1234/v1",
                "http://LOCALHOST",
                "http://llm.localhost",
                "http://pi5.local:8080",
                "http://box.home.arpa",
                "http://gpu-box:8000",
                "http://ollama:11434",
                "http://10.0.0.7",
                "http://172.16.0.1",
                "http://172.31.255.255",
                "http://192.168.178.20:8000",
                "http://169.254.3.4",
                "http://[::1]:8080",
                "http://[fd12:3456::1]",
                "http://[fe80::1]"
            })
    void thisMachineAndTheLocalNetworkAreTheEdge(URI url) {
        assertThat(ServerAddress.guess(url)).isEqualTo(Zone.EDGE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://llm.example.org",
                "http://8.8.8.8",
                "http://172.15.0.1",
                "http://172.32.0.1",
                "http://192.169.0.1",
                "http://100.64.0.1",
                "http://169.253.0.1",
                "http://[2001:db8::1]",
                "http://[::ffff:8.8.8.8]",
                "http://127.0.0.1.example.org",
                "http://10.0.0.7.nip.io",
                "http://localhost.example.org",
                "http://evil-local.example.org",
                "http://2130706433",
                "http://0.0.0.0"
            })
    void everythingElseIsTheCloudUnlessSomebodySaysOtherwise(URI url) {
        assertThat(ServerAddress.guess(url)).isEqualTo(Zone.CLOUD);
    }

    @ParameterizedTest
    @EnumSource(Zone.class)
    void theZoneThatIsSetWins(Zone zone) {
        assertThat(ServerAddress.zone(URI.create("https://llm.example.org"), Optional.of(zone), true))
                .isEqualTo(zone);
        assertThat(ServerAddress.zone(URI.create("http://127.0.0.1:4000"), Optional.of(zone), false))
                .isEqualTo(zone);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://api.openai.com",
                "https://openrouter.ai/api/v1",
                "https://API.Mistral.AI./v1",
                "https://ollama.com"
            })
    void knownServicesAreNeverOnesOwn(URI url) {
        for (Zone zone : new Zone[] {Zone.EDGE, Zone.TRUSTED}) {
            assertThatThrownBy(() -> ServerAddress.zone(url, Optional.of(zone), false))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("zone = cloud");
        }
        assertThat(ServerAddress.zone(url, Optional.empty(), true)).isEqualTo(Zone.CLOUD);
    }

    @Test
    void credentialsDoNotTravelInTheClearToTheCloud() {
        assertThatThrownBy(() -> ServerAddress.zone(URI.create("http://llm.example.org"), Optional.empty(), true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("https");
        assertThat(ServerAddress.zone(URI.create("http://llm.example.org"), Optional.of(Zone.TRUSTED), true))
                .isEqualTo(Zone.TRUSTED);
        assertThat(ServerAddress.zone(URI.create("http://10.0.0.7"), Optional.empty(), true))
                .isEqualTo(Zone.EDGE);
    }
}
