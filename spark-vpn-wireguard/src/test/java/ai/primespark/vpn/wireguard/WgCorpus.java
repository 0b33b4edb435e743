package ai.primespark.vpn.wireguard;

import ai.primespark.vpn.VpnSecretKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The cases of corpus.txt, each a whole file. */
final class WgCorpus {

    private static final VpnSecretKey PRIVATE = VpnSecretKey.parse("yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=");

    /** A case; the verdict is ok, lint or bad. */
    record Case(int line, String verdict, String text, byte[] file) {

        boolean takenByWireGuard() {
            return !verdict.equals("bad");
        }

        @Override
        public String toString() {
            return line + ": " + verdict + " " + text;
        }
    }

    private WgCorpus() {}

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        List<String> lines;
        try (InputStream in = Objects.requireNonNull(WgCorpus.class.getResourceAsStream("corpus.txt"))) {
            lines = Tools.lines(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (!line.isEmpty() && !line.startsWith("#")) {
                String text = line.length() > 7 ? line.substring(7) : "";
                cases.add(new Case(i + 1, line.substring(0, 4).strip(), line.substring(5), file(line.charAt(5), text)));
            }
        }
        return cases;
    }

    private static byte[] file(char where, String text) {
        String filled = text.replace("{A}", PRIVATE.reveal())
                .replace("{S}", WireGuardKeys.publicKey(PRIVATE).toString())
                .replace("{P}", "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=")
                .replace("{Q}", "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=")
                .replace("{K}", "FpCyhws9cxwWoV4xELtfJvjJN+zQVRPISllRWgeopVE=")
                .replace("{Z}", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        byte[] bytes = unescape(filled);
        return switch (where) {
            case 'I' -> join("[Interface]\n", bytes);
            case 'P' -> join("[Peer]\nPublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\n", bytes);
            case 'F' -> bytes;
            default -> throw new IllegalStateException("where? " + where);
        };
    }

    private static byte[] join(String head, byte[] line) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(line);
        out.write('\n');
        return out.toByteArray();
    }

    private static byte[] unescape(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                out.write(c);
                continue;
            }
            switch (text.charAt(++i)) {
                case 'n' -> out.write('\n');
                case 'r' -> out.write('\r');
                case 't' -> out.write('\t');
                case '0' -> out.write(0);
                case 'x' -> {
                    out.write(Integer.parseInt(text.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                default -> out.write(text.charAt(i));
            }
        }
        return out.toByteArray();
    }
}
