package ai.primespark.memory;

import java.util.Collection;
import java.util.Objects;
import java.util.Set;

/** What to repair and how fast. Immutable. */
public final class RepairOptions {

    /** All namespaces, at the configured speed, by version only. */
    public static final RepairOptions DEFAULT = new RepairOptions(Set.of(), 0, false);

    private final Set<String> namespaces;
    private final long recordsPerSecond;
    private final boolean deep;

    private RepairOptions(Set<String> namespaces, long recordsPerSecond, boolean deep) {
        this.namespaces = Set.copyOf(namespaces);
        this.recordsPerSecond = recordsPerSecond;
        this.deep = deep;
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
     * Other namespaces.
     *
     * @param names the namespaces; empty for all that exist
     * @return changed options
     */
    public RepairOptions withNamespaces(Collection<String> names) {
        return new RepairOptions(Set.copyOf(names), recordsPerSecond, deep);
    }

    /**
     * Another speed.
     *
     * @param records read or written a second at most; 0 for the configured speed
     * @return changed options
     * @throws IllegalArgumentException when negative
     */
    public RepairOptions withRecordsPerSecond(long records) {
        if (records < 0) {
            throw new IllegalArgumentException("records a second must not be negative: " + records);
        }
        return new RepairOptions(namespaces, records, deep);
    }

    /**
     * Whether to read every record and check its checksum. It takes as long as reading everything does.
     *
     * @param value false to compare versions only
     * @return changed options
     */
    public RepairOptions withDeep(boolean value) {
        return new RepairOptions(namespaces, recordsPerSecond, value);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RepairOptions that
                && namespaces.equals(that.namespaces)
                && recordsPerSecond == that.recordsPerSecond
                && deep == that.deep;
    }

    @Override
    public int hashCode() {
        return Objects.hash(namespaces, recordsPerSecond, deep);
    }

    @Override
    public String toString() {
        return "RepairOptions[namespaces=" + namespaces + ", recordsPerSecond=" + recordsPerSecond + ", deep=" + deep
                + "]";
    }
}
