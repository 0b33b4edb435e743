package ai.primespark.vpn.wireguard;

import io.nayuki.qrcodegen.DataTooLongException;
import io.nayuki.qrcodegen.QrCode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;

/**
 * A configuration as a QR code, which WireGuard's apps for phones read. Whoever sees it has the key. Immutable and thread-safe.
 */
public final class ConfigQr {

    private static final int QUIET = 4; // modules of white around it (ISO/IEC 18004)

    private final QrCode code;

    /**
     * Makes a code, of the configuration without its comments.
     *
     * @param config the configuration
     * @throws IllegalArgumentException when it is too long: beyond some 2,900 bytes
     */
    public ConfigQr(WgConfig config) {
        String text = config.reveal()
                .lines()
                .filter(line -> !line.isBlank() && !line.strip().startsWith("#"))
                .collect(Collectors.joining("\n", "", "\n"));
        try {
            this.code = QrCode.encodeText(text, QrCode.Ecc.LOW);
        } catch (DataTooLongException e) {
            throw new IllegalArgumentException("the configuration has " + text.length()
                    + " bytes, more than a QR code holds; a phone should be a node with few peers");
        }
    }

    private boolean dark(int x, int y) {
        return code.getModule(x - QUIET, y - QUIET); // false outside
    }

    private int size() {
        return code.size + 2 * QUIET;
    }

    /**
     * The code for a terminal, two rows to a line; dark on light whatever the terminal's colours.
     *
     * @return lines of text with ANSI colours
     */
    public String terminal() {
        StringBuilder text = new StringBuilder();
        for (int y = 0; y < size(); y += 2) {
            text.append("\u001b[30;107m"); // black on bright white
            for (int x = 0; x < size(); x++) {
                boolean upper = dark(x, y);
                boolean lower = dark(x, y + 1);
                text.append(upper ? lower ? '\u2588' : '\u2580' : lower ? '\u2584' : ' ');
            }
            text.append("\u001b[0m\n");
        }
        return text.toString();
    }

    /**
     * The code as a vector image.
     *
     * @return an SVG document
     */
    public String svg() {
        StringBuilder path = new StringBuilder();
        for (int y = 0; y < size(); y++) {
            for (int x = 0; x < size(); x++) {
                if (dark(x, y)) {
                    path.append('M').append(x).append(',').append(y).append("h1v1h-1z");
                }
            }
        }
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + size() + " " + size()
                + "\" shape-rendering=\"crispEdges\"><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/><path d=\""
                + path
                + "\"/></svg>\n";
    }

    /**
     * The code as an image.
     *
     * @param scale pixels to a module, 1 to 64
     * @return a PNG file
     */
    public byte[] png(int scale) {
        if (scale < 1 || scale > 64) {
            throw new IllegalArgumentException("a QR code's scale lies between 1 and 64: " + scale);
        }
        int side = size() * scale;
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_BYTE_BINARY);
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                image.setRGB(x, y, dark(x / scale, y / scale) ? 0x000000 : 0xffffff);
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            var unused = ImageIO.write(image, "png", out);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // into memory
        }
        return out.toByteArray();
    }

    @Override
    public String toString() {
        return "ConfigQr[" + code.size + " modules]";
    }
}
