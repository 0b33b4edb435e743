package ai.primespark.core.llm.schema;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.util.UUID;

/** The formats of texts that are checked. Others are allowed and mean nothing. */
final class Formats {

    private Formats() {}

    static boolean fits(String format, String text) {
        try {
            switch (format) {
                case "date" -> LocalDate.parse(text);
                case "time" -> OffsetTime.parse(text);
                case "date-time" -> OffsetDateTime.parse(text);
                case "duration" -> Duration.parse(text);
                case "uuid" -> {
                    return text.length() == 36
                            && UUID.fromString(text).toString().equalsIgnoreCase(text);
                }
                case "uri" -> {
                    return new URI(text).isAbsolute();
                }
                case "uri-reference" -> new URI(text);
                default -> {
                    return true;
                }
            }
            return true;
        } catch (DateTimeException | IllegalArgumentException | URISyntaxException e) {
            return false;
        }
    }

    static String describe(String format) {
        return switch (format) {
            case "date" -> "a date such as 2026-03-31";
            case "time" -> "a time with its offset such as 14:30:00Z";
            case "date-time" -> "a date and time with its offset such as 2026-03-31T14:30:00Z";
            case "duration" -> "a duration such as PT1H30M";
            case "uuid" -> "a UUID";
            case "uri" -> "an absolute URI";
            default -> "a " + format;
        };
    }
}
