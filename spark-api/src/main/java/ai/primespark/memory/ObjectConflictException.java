package ai.primespark.memory;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An object was not stored, because what it was to replace is not there as expected. */
public final class ObjectConflictException extends MemoryException {

    private static final long serialVersionUID = 1L;

    private final transient @Nullable Version current;

    /**
     * Names the object.
     *
     * @param message which object, and what to do about it
     * @param current the version that is there, or null when there is none or it is not known
     */
    public ObjectConflictException(String message, @Nullable Version current) {
        super(message, false, null);
        this.current = current;
    }

    /**
     * The version that is there.
     *
     * @return empty when there is none, or it is not known
     */
    public Optional<Version> currentVersion() {
        return Optional.ofNullable(current);
    }
}
