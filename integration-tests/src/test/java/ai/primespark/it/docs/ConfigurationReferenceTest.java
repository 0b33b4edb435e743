package ai.primespark.it.docs;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.it.ProjectFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Holds docs/configuration.md and every reference.conf against the declared settings. */
class ConfigurationReferenceTest {

    private static final boolean UPDATE = Boolean.getBoolean("spark.docs.update");

    @Test
    void theGeneratedFilesSayWhatTheCodeSays() throws IOException {
        for (Map.Entry<Path, String> file : ConfigurationReference.render().entrySet()) {
            Path path = ProjectFiles.root().resolve(file.getKey());
            if (UPDATE) {
                Files.createDirectories(path.getParent());
                Files.writeString(path, file.getValue());
            }
            assertThat(path)
                    .as("run: mvn -pl integration-tests -am verify -Dspark.docs.update=true")
                    .content()
                    .isEqualTo(file.getValue());
        }
    }
}
