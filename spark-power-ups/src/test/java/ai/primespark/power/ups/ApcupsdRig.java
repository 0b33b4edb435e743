package ai.primespark.power.ups;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Answers like the network server of apcupsd. */
final class ApcupsdRig extends RigServer {

    private volatile List<String> lines = List.of();

    ApcupsdRig() throws IOException {}

    @Override
    public Map<String, Object> settings() {
        return Map.of("host", "127.0.0.1", "port", port());
    }

    void lines(String... all) throws IOException {
        heal();
        lines = List.of(all);
    }

    @Override
    @Nullable
    String question(InputStream in) throws IOException {
        int high = in.read();
        int low = in.read();
        if (low < 0) {
            return null;
        }
        byte[] body = in.readNBytes(high << 8 | low);
        return new String(body, StandardCharsets.ISO_8859_1);
    }

    @Override
    byte[] answer(String question) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (question.equals("status")) {
            Stream.concat(Stream.of("APC      : 001,027,0653"), lines.stream())
                    .forEach(line -> out.writeBytes(frame(line + "\n")));
        } else {
            out.writeBytes(frame("Invalid command\n\0"));
        }
        out.writeBytes(new byte[2]);
        return out.toByteArray();
    }

    @Override
    byte[] endless() {
        return frame("FILLER   : and so on\n");
    }

    private static byte[] frame(String text) {
        byte[] body = text.getBytes(StandardCharsets.ISO_8859_1);
        byte[] frame = new byte[body.length + 2];
        frame[0] = (byte) (body.length >> 8);
        frame[1] = (byte) body.length;
        System.arraycopy(body, 0, frame, 2, body.length);
        return frame;
    }

    @Override
    public boolean say(Scene scene) throws IOException {
        String charge = "BCHARGE  : 087.0 Percent ";
        switch (scene) {
            case MAINS -> lines("STATUS   : ONLINE ", "STATFLAG : 0x05000008", charge, "TIMELEFT : 30.0 Minutes ");
            case BATTERY -> lines("STATUS   : ONBATT ", "STATFLAG : 0x05060010", "BCHARGE  : 64.0 Percent ");
            case NO_NUMBERS -> lines("STATUS   : ONLINE ", "STATFLAG : 0x05000008");
            case UNREADABLE_NUMBERS ->
                lines(
                        "STATUS   : ONLINE ",
                        "STATFLAG : 0x05000008",
                        "BCHARGE  : N/A",
                        "TIMELEFT : 12 Fortnights",
                        "LOADPCT  : N/A");
            case UNKNOWN_WORD -> lines("STATUS   : ONLINE SPARKLING ", "STATFLAG : 0x05000008", charge);
            case LOOKALIKES -> lines("STATUS   : ONLINER LOWBATTERY ", charge);
            case CONTRADICTION -> lines("STATUS   : ONLINE ONBATT ", "STATFLAG : 0x05000018", charge);
            case NO_STATUS -> lines(charge);
        }
        return true;
    }

    @Override
    public Set<String> harmless() {
        return Set.of("status");
    }
}
