package ai.primespark.examples.server;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the command line said. */
record Arguments(
        @Nullable Integer port,
        @Nullable Path config,
        @Nullable Path docs,
        boolean noAuth,
        boolean help) {

    static final String HELP = """
            usage: java -jar prime-spark-server.jar [options]

              --port N       listen on this port; 0 takes any free one (default: API_PORT, else 8000)
              --config FILE  read this HOCON file instead of ./primespark.conf
              --docs DIR     answer from the .md and .txt files below this folder when no model can be reached
                             (default: DOCS_PATH)
              --no-auth      serve without logins, this machine only
              --help         show this text

            Names such as OLLAMA_EDGE_URL are read from the environment and from ./.env; see README.md.
            """;

    static Arguments parse(String... args) throws StartupException {
        Integer port = null;
        Path config = null;
        Path docs = null;
        boolean noAuth = false;
        boolean help = false;
        for (Iterator<String> rest = List.of(args).iterator(); rest.hasNext(); ) {
            String option = rest.next();
            switch (option) {
                case "--port" -> port = port(value(option, rest));
                case "--config" -> config = Path.of(value(option, rest));
                case "--docs" -> docs = Path.of(value(option, rest));
                case "--no-auth" -> noAuth = true;
                case "--help", "-h" -> help = true;
                default -> throw StartupException.usage("unknown argument '" + option + "'");
            }
        }
        return new Arguments(port, config, docs, noAuth, help);
    }

    private static String value(String option, Iterator<String> rest) throws StartupException {
        if (rest.hasNext()) {
            return rest.next();
        }
        throw StartupException.usage(option + " needs a value");
    }

    private static int port(String text) throws StartupException {
        try {
            int port = Integer.parseInt(text);
            if (port >= 0 && port <= 65535) {
                return port;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw StartupException.usage("--port must be a number from 0 to 65535, but is '" + text + "'");
    }
}
