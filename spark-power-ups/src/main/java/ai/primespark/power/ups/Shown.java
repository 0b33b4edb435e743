package ai.primespark.power.ups;

/** Makes what another side said fit for messages and logs: short, and without control characters. */
final class Shown {

    private static final int LENGTH = 200;

    private Shown() {}

    static String text(String said) {
        StringBuilder shown = new StringBuilder(Math.min(said.length(), LENGTH));
        for (int i = 0; i < said.length() && i < LENGTH; i++) {
            char c = said.charAt(i);
            shown.append(c >= ' ' && c <= '~' || c > 0xa0 && Character.isLetterOrDigit(c) ? c : '?');
        }
        return said.length() > LENGTH ? shown.append('…').toString() : shown.toString();
    }

    /** What an exception says, or its kind when it says nothing. */
    static String text(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.getClass().getSimpleName() : text(message);
    }
}
