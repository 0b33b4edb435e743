package ai.primespark.core.runtime;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValueFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The engine's own small JSON files that are read at each start. They are read with what reads the configuration, because it is
 * loaded already: a data binder would take longer than all the rest of the start.
 */
public final class StateJson {

    private static final int FORMAT = 1;

    private StateJson() {}

    /**
     * Reads a file.
     *
     * @return its content; reading a value that is not there throws a {@link ConfigException}
     * @throws IOException when it cannot be read, is no JSON, or was written by a version that is not understood
     */
    public static Config read(Path file) throws IOException {
        try {
            Config content = ConfigFactory.parseString(
                    Files.readString(file), ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
            if (content.getInt("format") != FORMAT) {
                throw new IOException("unknown format " + content.getInt("format"));
            }
            return content;
        } catch (ConfigException e) {
            throw new IOException("no JSON, or not all of it: " + e.getMessage(), e);
        }
    }

    /**
     * Replaces a file.
     *
     * @param content values that JSON has; the format is added
     * @throws IOException when it cannot be written; then the old content stands
     */
    public static void replace(Path file, Map<String, ?> content) throws IOException {
        String text = ConfigValueFactory.fromMap(content)
                .withValue("format", ConfigValueFactory.fromAnyRef(FORMAT))
                .render(ConfigRenderOptions.concise().setFormatted(true));
        DurableFiles.replace(file, text.getBytes(StandardCharsets.UTF_8));
    }
}
