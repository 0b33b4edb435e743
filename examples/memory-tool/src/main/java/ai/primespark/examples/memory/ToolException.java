package ai.primespark.examples.memory;

/** Ends the tool with a message and an exit code. */
final class ToolException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Done. */
    static final int OK = 0;

    /** There is no such key or object. */
    static final int NOT_FOUND = 1;

    /** The command line or the configuration is wrong, or the tool cannot do that. */
    static final int USAGE = 2;

    /** Not known, because a tier is down, or not confirmed by all. */
    static final int UNKNOWN = 3;

    /** Something is damaged and cannot be mended. */
    static final int DAMAGED = 4;

    private final int exitCode;

    ToolException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
