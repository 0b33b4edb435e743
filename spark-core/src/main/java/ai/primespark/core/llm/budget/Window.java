package ai.primespark.core.llm.budget;

import ai.primespark.llm.Budget;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;

/**
 * One period of a calendar. Immutable.
 *
 * @param startMillis its first moment, since the epoch
 * @param endMillis the first moment after it
 */
record Window(long startMillis, long endMillis) {

    /** The period that a moment lies in. Days have 23 to 25 hours where the clocks are changed. */
    static Window around(long millis, Budget.Period per, ZoneId zone) {
        ZonedDateTime now = Instant.ofEpochMilli(millis).atZone(zone);
        ZonedDateTime start = switch (per) {
            case HOUR -> now.truncatedTo(ChronoUnit.HOURS);
            case DAY -> now.toLocalDate().atStartOfDay(zone);
            case MONTH -> now.toLocalDate().withDayOfMonth(1).atStartOfDay(zone);
        };
        ZonedDateTime end = switch (per) {
            case HOUR -> start.plusHours(1);
            case DAY -> start.toLocalDate().plusDays(1).atStartOfDay(zone);
            case MONTH -> start.toLocalDate().plusMonths(1).atStartOfDay(zone);
        };
        return new Window(start.toInstant().toEpochMilli(), end.toInstant().toEpochMilli());
    }

    boolean isOver(long millis) {
        return millis >= endMillis;
    }

    /**
     * Whether a moment is so long before this period that the clock must have been wrong when the period began. One that is a
     * little before it comes from a clock that was put right by seconds or minutes.
     */
    boolean isAbsurdAt(long millis) {
        return millis < startMillis - (endMillis - startMillis);
    }
}
