package ai.primespark.memory;

import ai.primespark.TypeRef;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Values by key in one namespace. Thread-safe.
 *
 * <p>Keys are 1 to 1,024 bytes of UTF-8 without control characters. Values are turned into bytes by the namespace's codec (JSON
 * by default; {@code byte[]} and {@link String} are stored as they are, whatever the codec). A value that was read must not be
 * modified: it may be shared with other readers. Arrays of bytes are copied.
 *
 * <p>Operations block until they are done or their time limit is over; none waits for a tier that it does not need. There is no
 * atomicity across keys.
 */
public interface Memory {

    /**
     * The namespace.
     *
     * @return {@code "default"} for {@link ai.primespark.PrimeSpark#memory()}
     */
    String name();

    /**
     * Another namespace, with the options that the configuration declares for it; without any, with those that it was last
     * opened with on this machine, or the default ones.
     *
     * @param name {@code [a-z][a-z0-9._-]*}, at most 64 characters
     * @return the namespace; the same object for the same name
     * @throws IllegalStateException when it was encrypted before and would not be now
     */
    Memory namespace(String name);

    /**
     * Another namespace with options of the program's own. Options belong to the namespace, not to the object returned: asking
     * again with other options is an error.
     *
     * @param name {@code [a-z][a-z0-9._-]*}, at most 64 characters
     * @param options how the namespace stores and answers
     * @return the namespace
     * @throws IllegalArgumentException when it is to be encrypted and there are no keys
     * @throws IllegalStateException when the namespace is in use with other options, or was encrypted before and would not be
     *     now
     */
    Memory namespace(String name, NamespaceOptions options);

    // --- reading

    /**
     * Reads a value and says how sure the answer is.
     *
     * @param key the key
     * @param type what to read it as
     * @param <T> the type
     * @return found, absent, or unknown because a tier that may hold it could not be asked
     * @throws MemoryException when the stored bytes cannot be read as the type, or are damaged in every tier that has them
     */
    <T> Lookup<T> get(String key, Class<T> type);

    /**
     * Reads a value of a generic type.
     *
     * @param key the key
     * @param type what to read it as
     * @param <T> the type
     * @return see {@link #get(String, Class)}
     */
    <T> Lookup<T> get(String key, TypeRef<T> type);

    /**
     * Reads a value, asking no tier colder than the given one.
     *
     * @param key the key
     * @param type what to read it as
     * @param maxTier the number of the last tier to ask; the hottest is 1
     * @param <T> the type
     * @return see {@link #get(String, Class)}; unknown when tiers that were left out may hold it
     */
    <T> Lookup<T> get(String key, Class<T> type, int maxTier);

    /**
     * Reads a value, for callers to whom absent is an answer and unknown is a failure.
     *
     * @param key the key
     * @param type what to read it as
     * @param <T> the type
     * @return empty when absent, or unknown in a namespace with {@link UnknownPolicy#TREAT_AS_ABSENT}
     * @throws TierUnavailableException when the answer is unknown
     */
    default <T> Optional<T> find(String key, Class<T> type) {
        return get(key, type).toOptional();
    }

    /**
     * Reads many values, with as few round trips as the tiers allow.
     *
     * @param keys the keys; duplicates are read once
     * @param type what to read them as
     * @param <T> the type
     * @return one answer a key, in the order of the keys
     */
    <T> Map<String, Lookup<T>> getAll(Collection<String> keys, Class<T> type);

    /**
     * Whether a value is there.
     *
     * @param key the key
     * @return true when found, without reading it as anything
     * @throws TierUnavailableException when the answer is unknown
     */
    boolean exists(String key);

    /**
     * Reads a value, or computes and stores it. However many threads ask for one key at once, the loader runs once; the others
     * wait for it, within the memory's time limit. So do other machines, where a tier that they share has leases. A failure
     * stands for a second: until then the loader is not called for the key again.
     *
     * @param key the key
     * @param type what to read it as
     * @param options how to store what the loader gives
     * @param loader computes the value; a null is not stored
     * @param <T> the type
     * @return the value; empty when the loader gave null
     * @throws MemoryException when the loader throws; its exception is the cause
     * @throws TierUnavailableException when the answer is unknown: a value that may exist is not computed over
     */
    <T> Optional<T> getOrLoad(String key, Class<T> type, PutOptions options, Callable<@Nullable T> loader);

    // --- writing

    /**
     * Writes a value with the namespace's acknowledgement level and time to live.
     *
     * @param key the key
     * @param value the value
     * @return its version, and the tiers that do not have it yet
     * @throws MemoryException when the acknowledgement level cannot be reached; the value may or may not have been stored
     */
    default Stored put(String key, Object value) {
        return put(key, value, PutOptions.DEFAULT);
    }

    /**
     * Writes a value.
     *
     * @param key the key
     * @param value the value
     * @param options time to live, acknowledgement level
     * @return its version, and the tiers that do not have it yet
     * @throws MemoryException when the acknowledgement level cannot be reached; the value may or may not have been stored
     */
    Stored put(String key, Object value, PutOptions options);

    /**
     * Writes many values. Not atomic: each is written or not by itself.
     *
     * @param values by key
     * @param options for all of them
     * @return what was stored, by key
     * @throws MemoryException for the first that failed, after all were tried; the others' failures are suppressed exceptions
     */
    Map<String, Stored> putAll(Map<String, ?> values, PutOptions options);

    /**
     * Writes a value if there is none.
     *
     * @param key the key
     * @param value the value
     * @param options time to live, acknowledgement level
     * @return stored, or the conflict
     * @throws TierUnavailableException when the tier that decides cannot be asked; never decided by another instead
     */
    WriteResult putIfAbsent(String key, Object value, PutOptions options);

    /**
     * Writes a value if the current one has the expected version.
     *
     * @param key the key
     * @param expected the version that was read
     * @param value the value
     * @param options time to live, acknowledgement level
     * @return stored, or the conflict
     * @throws TierUnavailableException when the tier that decides cannot be asked; never decided by another instead
     */
    WriteResult replace(String key, Version expected, Object value, PutOptions options);

    /**
     * Gives a value a new time to live.
     *
     * @param key the key
     * @param timeToLive positive, or null for no end
     * @return its new version; empty when absent
     * @throws TierUnavailableException when it is unknown whether the value is there
     */
    Optional<Stored> touch(String key, @Nullable Duration timeToLive);

    /**
     * Deletes a value, whether or not it is there, in every tier. A tier that is away learns of it when it is back; until then
     * the deletion hides what it holds.
     *
     * @param key the key
     * @return the version of the deletion, and the tiers that do not know of it yet
     * @throws MemoryException when the acknowledgement level cannot be reached
     */
    Stored delete(String key);

    /**
     * Deletes a value if it has the expected version.
     *
     * @param key the key
     * @param expected the version that was read
     * @return stored, or the conflict
     * @throws TierUnavailableException when the tier that decides cannot be asked
     */
    WriteResult deleteIf(String key, Version expected);

    // --- moving and looking around

    /**
     * Lists keys.
     *
     * @param prefix what the keys begin with; empty for all
     * @param cursor the cursor of the page before, or null for the first page
     * @param limit 1 to 10,000
     * @return a page in an order of the tiers' own, each key once; keys written, pinned or deleted meanwhile may or may
     *     not appear
     */
    ScanPage scan(String prefix, @Nullable String cursor, int limit);

    /**
     * Copies a value to every tier of the namespace and waits until all have it.
     *
     * @param key the key
     * @return false when absent
     * @throws TierUnavailableException when a tier cannot be reached
     */
    boolean persist(String key);

    /**
     * Copies a value to the hottest tier. While power is short nothing is copied, except in urgent namespaces.
     *
     * @param key the key
     * @return false when absent, or not looked for because power is short
     * @throws TierUnavailableException when it is unknown whether the value is there
     */
    boolean prefetch(String key);

    /**
     * Copies many values to the hottest tier, with as few round trips as the tiers allow. While power is short nothing is copied,
     * except in urgent namespaces.
     *
     * @param keys the keys; duplicates count once
     * @return how many of them are there; none while power is short
     * @throws TierUnavailableException when it is unknown whether one of them is there, after all others were copied
     */
    default int prefetchAll(Collection<String> keys) {
        int there = 0;
        TierUnavailableException unknown = null;
        for (String key : new LinkedHashSet<>(keys)) {
            try {
                there += prefetch(key) ? 1 : 0;
            } catch (TierUnavailableException e) {
                unknown = e;
            }
        }
        if (unknown != null) {
            throw unknown;
        }
        return there;
    }

    /**
     * Keeps a value on this machine, or lets it go again. What is kept is copied to a persistent tier of this machine, if there
     * is one, and is never evicted from the tiers by this machine to make room. Remembered over restarts; a key may be pinned
     * before it exists. Other machines do not know of it.
     *
     * @param key the key
     * @param pinned true to keep, false to let go
     * @throws MemoryException when too many keys are pinned, or the pins cannot be stored
     */
    void pin(String key, boolean pinned);

    /**
     * Lets hotter tiers forget a value now, because it will not be needed soon: it stays in the coldest persistent tier within
     * the namespace's reach, once that tier has confirmed that it holds this very version. The next read may copy it back.
     *
     * @param key the key
     * @return true when no hotter tier that could be asked holds it any more; false when it is absent, pinned, still on its way
     *     to a tier, or has no colder tier to stay in
     * @throws TierUnavailableException when a tier that must be asked cannot be
     */
    boolean demote(String key);

    /**
     * Waits until everything acknowledged so far has reached every tier.
     *
     * @param timeout how long to wait at most
     * @return false when the time was over first
     */
    boolean flush(Duration timeout);

    /**
     * Counts and states, over all namespaces.
     *
     * @return a snapshot
     */
    MemoryStats stats();

    /**
     * Large binaries, such as model files.
     *
     * @return the object store of this namespace
     * @throws ai.primespark.SubsystemUnavailableException when no tier can hold objects
     */
    ObjectStore objects();

    /**
     * What is where, and the means to compare, mend and clean the tiers.
     *
     * @return a view of this memory
     */
    MemoryAdmin admin();

    /**
     * Model files, in the namespace {@code models} whichever namespace is asked.
     *
     * @return the model store
     * @throws ai.primespark.SubsystemUnavailableException when no tier can hold objects
     */
    ModelStore models();
}
