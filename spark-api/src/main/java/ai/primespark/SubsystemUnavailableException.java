package ai.primespark;

/** The engine on the run-time path does not have the subsystem that was asked for. */
public final class SubsystemUnavailableException extends SparkException {

    private static final long serialVersionUID = 1L;

    /**
     * Names the subsystem and the remedy.
     *
     * @param subsystem for example {@code "agents"}
     * @param remedy what to install or configure
     */
    public SubsystemUnavailableException(String subsystem, String remedy) {
        super("the subsystem '" + subsystem + "' is not available in this instance; " + remedy, null);
    }
}
