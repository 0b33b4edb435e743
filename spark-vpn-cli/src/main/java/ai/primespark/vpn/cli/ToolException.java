package ai.primespark.vpn.cli;

/** Ends the tool with a message and an exit code. */
final class ToolException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Done. */
    static final int OK = 0;

    /** Checked, and not sound. */
    static final int UNSOUND = 1;

    /** The command line, the topology, a file or a name in it is wrong. */
    static final int USAGE = 2;

    /** The tunnel is down, or not one peer of it can be counted on. */
    static final int DOWN = 3;

    /** A program or a right is missing. */
    static final int MISSING = 4;

    private final int exitCode;

    ToolException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
