package ai.primespark.vpn.wireguard;

/**
 * Whose rules a configuration is checked by.
 *
 * @param quick true for a file of {@code wg-quick}, with addresses and the like; false for what {@code wg setconf} reads
 * @param allowHooks whether {@code PreUp}, {@code PostUp}, {@code PreDown} and {@code PostDown} may be there: whoever writes one runs
 *     commands as root
 */
public record WgRules(boolean quick, boolean allowHooks) {

    /** A file of {@code wg-quick}, without commands. */
    public static final WgRules QUICK = new WgRules(true, false);

    /** What {@code wg setconf} reads. */
    public static final WgRules SETCONF = new WgRules(false, false);

    /**
     * The same rules, with commands allowed.
     *
     * @return new rules
     */
    public WgRules withHooks() {
        return new WgRules(quick, true);
    }
}
