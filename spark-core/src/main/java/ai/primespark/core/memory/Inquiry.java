package ai.primespark.core.memory;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What has been heard about one key so far, and when that is enough. Tiers may answer in any order; one that is asked and has
 * not answered counts like one that could not be asked, except that an answer which proves nothing waits for it. Not
 * thread-safe.
 */
final class Inquiry {

    final TierKey key;

    /** The load token: what is found may be kept only while the key's epoch is this one. */
    final int epoch;

    /** The other half of the load token; see {@link Coherence#ownChanges}. */
    final int ownChanges;

    /** What is on its way to tiers. */
    final @Nullable Answer unsent;

    /** What the near tier holds, but must not answer with before it is compared. */
    final @Nullable NearEntry suspect;

    private final Space space;
    private final List<String> missing = new ArrayList<>(0);
    private final List<TierLink> damaged = new ArrayList<>(0);
    private final List<TierLink> outstanding = new ArrayList<>(0);
    private final List<TierLink> lacking = new ArrayList<>(2);
    private @Nullable TierRecord found;
    private @Nullable TierLink giver;
    private boolean confirmed;
    private boolean followed;

    Inquiry(Space space, TierKey key, int epoch, int ownChanges, @Nullable Answer unsent, @Nullable NearEntry suspect) {
        this.space = space;
        this.key = key;
        this.epoch = epoch;
        this.ownChanges = ownChanges;
        this.unsent = unsent;
        this.suspect = suspect;
    }

    /** A tier lets its callers wait; others are asked meanwhile. */
    void late(TierLink link) {
        outstanding.add(link);
    }

    /**
     * A tier answered.
     *
     * @param news whether the tier tells of changes that others make to the key from now on
     */
    void heard(TierLink link, @Nullable TierRecord record, boolean news) {
        outstanding.remove(link);
        confirmed |= link == space.authority;
        followed |= news;
        if (record == null) {
            lacking.add(link);
        } else if (found == null || record.version().isNewerThan(found.version())) {
            found = record;
            giver = link;
        }
    }

    void failed(TierLink link, TierException failure) {
        outstanding.remove(link);
        if (failure.kind() == TierException.Kind.CORRUPT) {
            damaged.add(link);
        } else {
            missing.add(link.id + ": " + failure.getMessage());
        }
    }

    /** A tier is not believed now. */
    void notAsked(TierLink link, String doubt) {
        missing.add(link.id + ": " + doubt);
    }

    /** Why a tier is not to be asked; empty when it may be. */
    String doubt(TierLink link, Deadline deadline) {
        return space.doubt(link, deadline);
    }

    /** Whether no more needs to be asked or waited for. */
    boolean isConclusive(long nowMillis) {
        TierRecord record = found;
        // a hidden record that may be outdated is an answer only when nobody can add to it
        return record != null && (outstanding.isEmpty() || isCertain() || record.isLive(nowMillis));
    }

    /**
     * Whether what was written here is answer enough once every tier has had its time: a value that somebody was promised, or a
     * delete.
     */
    boolean isWrittenHere(long nowMillis) {
        TierRecord record = unsent == null ? null : unsent.record();
        return record != null && (record.isTombstone() || record.isLive(nowMillis));
    }

    private boolean isCertain() {
        return confirmed || missing.isEmpty() && damaged.isEmpty() && outstanding.isEmpty();
    }

    /** What the tiers said. */
    Answer answer() {
        List<String> silent = new ArrayList<>(missing);
        outstanding.forEach(link -> silent.add(link.id + ": no answer yet"));
        List<String> broken =
                damaged.stream().map(link -> link.id + ": damaged").toList();
        TierLink from = giver;
        if (from == null && confirmed && space.decided) {
            return new Answer(null, "", true, List.of(), List.of());
        }
        return from == null
                ? new Answer(null, "", silent.isEmpty(), silent, broken)
                : new Answer(found, from.id, isCertain(), silent, broken);
    }

    /** Whether others' changes of the key will be heard of. */
    boolean isFollowed() {
        return followed;
    }

    /** Tiers whose record is damaged. */
    List<TierLink> damaged() {
        return damaged;
    }

    /** Tiers hotter than the one that gave the record, which have none and take one of that size. */
    List<TierLink> lacking() {
        TierRecord record = found;
        TierLink from = giver;
        if (record == null || from == null || lacking.isEmpty()) {
            return List.of();
        }
        return lacking.stream()
                .filter(link -> link.number < from.number
                        && record.body().length <= link.tier.limits().maxBodyBytes())
                .toList();
    }
}
