package ai.primespark.testkit;

import ai.primespark.llm.FinishReason;

/** A protocol of lines, made up for these tests: a letter for the kind, a space, the text. */
final class LineWire implements WireFormat {

    @Override
    public String callPath() {
        return "/generate";
    }

    @Override
    public String contentType() {
        return "text/x-lines";
    }

    @Override
    public String text(String text) {
        return "T " + escape(text) + "\n";
    }

    @Override
    public String thinking(String text) {
        return "H " + escape(text) + "\n";
    }

    @Override
    public String toolCall(String name, String argumentsJson) {
        return "C " + name + " " + escape(argumentsJson) + "\n";
    }

    @Override
    public String done(FinishReason reason) {
        return "D " + reason + "\n";
    }

    @Override
    public String errorMidStream(String message) {
        return "E " + message + "\n";
    }

    @Override
    public String malformed(String word) {
        return "? " + word + "\n";
    }

    @Override
    public String errorBody(int status, String message) {
        return message;
    }

    @Override
    public String lookup(String path) {
        return "1.0";
    }

    private static String escape(String text) {
        return text.replace("\\", "\\\\").replace("\n", "\\n");
    }

    static String unescape(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length()) {
                i++;
                plain.append(text.charAt(i) == 'n' ? '\n' : text.charAt(i));
            } else {
                plain.append(c);
            }
        }
        return plain.toString();
    }
}
