package ai.primespark.power.ups;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;

/**
 * Asks a NUT server (RFC 9271). It can only read and announce itself: nothing here sends {@code SET}, {@code INSTCMD} or {@code FSD}.
 * Whatever throws an {@link IOException} leaves the connection out of step; it is of no more use then. Every method is to be called
 * {@link Wire#within} a deadline, by one thread at a time.
 */
final class NutConnection {

    /** Longest line that is read; the server's own buffers are 1 KiB. */
    static final int MAX_LINE = 8 << 10;

    private static final int MAX_LIST_BYTES = 1 << 20;

    private final Wire wire;

    NutConnection(Wire wire) {
        this.wire = wire;
    }

    /** Asks the server to encrypt, and does. */
    void startTls(SSLContext tls, String host, boolean verifyHost) throws IOException, NutException {
        List<String> answer = ask("STARTTLS");
        if (answer.size() < 1 || !answer.get(0).equals("OK")) {
            throw unexpected("STARTTLS", answer);
        }
        wire.startTls(tls, host, verifyHost);
    }

    /** Announces this machine as one that the server's primary waits for, so that it can save its work. */
    void login(String ups, String username, String password) throws IOException, NutException {
        // the server says OK to any name and password, and looks at them at the LOGIN
        expectOk("USERNAME", ask("USERNAME", username));
        expectOk("PASSWORD", ask("PASSWORD", password));
        expectOk("LOGIN", ask("LOGIN", ups));
    }

    /** Says that this machine needs no more power. The server closes the connection. */
    void logout() throws IOException, NutException {
        expectOk("LOGOUT", ask("LOGOUT"));
    }

    /** The names of the server's UPSes. */
    List<String> listUpses() throws IOException, NutException {
        List<String> names = new ArrayList<>();
        for (List<String> row : list("LIST", "UPS")) {
            if (row.size() < 2 || !row.get(0).equals("UPS")) {
                throw unexpected("LIST UPS", row);
            }
            names.add(row.get(1));
        }
        return names;
    }

    /** All variables of a UPS, by name. */
    Map<String, String> listVariables(String ups) throws IOException, NutException {
        Map<String, String> variables = new LinkedHashMap<>();
        for (List<String> row : list("LIST", "VAR", ups)) {
            if (row.size() != 4 || !row.get(0).equals("VAR") || !row.get(1).equals(ups)) {
                throw unexpected("LIST VAR", row);
            }
            variables.put(row.get(2), row.get(3));
        }
        return variables;
    }

    private List<List<String>> list(String... question) throws IOException, NutException {
        List<String> first = ask(question);
        if (!isMark("BEGIN", first, question)) {
            throw unexpected(question[0] + " " + question[1], first);
        }
        List<List<String>> rows = new ArrayList<>();
        int bytes = 0;
        while (true) {
            String line = wire.readLine(MAX_LINE);
            List<String> row = NutWords.split(line);
            if (isMark("END", row, question)) {
                return rows;
            }
            bytes += line.length();
            if (rows.size() == UpsFormat.MAX_VARIABLES || bytes > MAX_LIST_BYTES) {
                throw new IOException("the answer to " + question[0] + " " + question[1] + " does not end");
            }
            rows.add(row);
        }
    }

    private static boolean isMark(String mark, List<String> row, String... question) {
        return row.size() == question.length + 1
                && row.get(0).equals(mark)
                && row.subList(1, row.size()).equals(List.of(question));
    }

    private List<String> ask(String... words) throws IOException, NutException {
        wire.send((NutWords.join(words) + "\n").getBytes(StandardCharsets.US_ASCII));
        List<String> answer = NutWords.split(wire.readLine(MAX_LINE));
        if (answer.size() >= 2 && answer.get(0).equals("ERR")) {
            throw new NutException(answer.get(1));
        }
        return answer;
    }

    private static void expectOk(String command, List<String> answer) throws IOException {
        if (answer.isEmpty() || !answer.get(0).equals("OK")) {
            throw unexpected(command, answer);
        }
    }

    private static IOException unexpected(String command, List<String> answer) {
        return new IOException("the answer to " + command + " is none of the NUT protocol: '"
                + Shown.text(String.join(" ", answer)) + "'; is that a NUT server's port?");
    }
}
