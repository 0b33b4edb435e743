package ai.primespark.memory;

import java.util.Collection;
import java.util.Objects;
import java.util.Set;

/** What to verify and how fast. Immutable. */
public final class VerifyOptions {

    /** All namespaces, at the configured speed, reading every record, mending damaged ones. */
    public static final VerifyOptions DEFAULT = new VerifyOptions(Set.of(), 0, true, true);

    private final Set<String> namespaces;
    private final long recordsPerSecond;
    private final boolean deep;
    private final boolean mendDamaged;

    private VerifyOptions(Set<String> namespaces, long recordsPerSecond, boolean deep, boolean mendDamaged) {
        this.namespaces = Set.copyOf(namespaces);
        this.recordsPerSecond = recordsPerSecond;
        this.deep = deep;
        this.mendDamaged = mendDamaged;
    }

    /**
     * The namespaces to look at.
     *
     * @return names; empty for all that exist
     */
    public Set<String> namespaces() {
        return namespaces;
    }

    /**
     * The speed.
     *
     * @return records read or written a second at most, or 0 for the configured speed
     */
    public long recordsPerSecond() {
        return recordsPerSecond;
    }

    /**
     * Whether every record is read and its checksum checked.
     *
     * @return false when only versions are compared
     */
    public boolean deep() {
        return deep;
    }

    /**
     * Whether damaged records are replaced from another tier.
     *
     * @return false when they are only reported
     */
    public boolean mendDamaged() {
        return mendDamaged;
    }

    /**
     * Other namespaces.
     *
     * @param names the namespaces; empty for all that exist
     * @return changed options
     */
    public VerifyOptions withNamespaces(Collection<String> names) {
        return new VerifyOptions(Set.copyOf(names), recordsPerSecond, deep, mendDamaged);
    }

    /**
     * Another speed.
     *
     * @param records read or written a second at most; 0 for the configured speed
     * @return changed options
     * @throws IllegalArgumentException when negative
     */
    public VerifyOptions withRecordsPerSecond(long records) {
        if (records < 0) {
            throw new IllegalArgumentException("records a second must not be negative: " + records);
        }
        return new VerifyOptions(namespaces, records, deep, mendDamaged);
    }

    /**
     * Whether to read every record and check its checksum. It takes as long as reading everything does.
     *
     * @param value false to compare versions only
     * @return changed options
     */
    public VerifyOptions withDeep(boolean value) {
        return new VerifyOptions(namespaces, recordsPerSecond, value, mendDamaged);
    }

    /**
     * Whether to replace damaged records from another tier.
     *
     * @param value false to report them only
     * @return changed options
     */
    public VerifyOptions withMendDamaged(boolean value) {
        return new VerifyOptions(namespaces, recordsPerSecond, deep, value);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VerifyOptions that
                && namespaces.equals(that.namespaces)
                && recordsPerSecond == that.recordsPerSecond
                && deep == that.deep
                && mendDamaged == that.mendDamaged;
    }

    @Override
    public int hashCode() {
        return Objects.hash(namespaces, recordsPerSecond, deep, mendDamaged);
    }

    @Override
    public String toString() {
        return "VerifyOptions[namespaces=" + namespaces + ", recordsPerSecond=" + recordsPerSecond + ", deep=" + deep
                + ", mendDamaged=" + mendDamaged + "]";
    }
}
