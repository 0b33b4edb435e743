package ai.primespark.examples.server;

/** The server cannot start: what to tell the person at the keyboard, and the exit code. */
final class StartupException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int exitCode;

    StartupException(String message) {
        this(message, 1);
    }

    private StartupException(String message, int exitCode) {
        super(message);
        this.exitCode = exitCode;
    }

    static StartupException usage(String message) {
        return new StartupException(message + "; --help shows what there is", 2);
    }

    int exitCode() {
        return exitCode;
    }
}
