package ai.primespark.vpn.wireguard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.zxing.BinaryBitmap;
import com.google.zxing.LuminanceSource;
import com.google.zxing.RGBLuminanceSource;
import com.google.zxing.common.HybridBinarizer;
import com.google.zxing.qrcode.QRCodeReader;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class ConfigQrTest {

    private static final String CONFIG = """
            # phone
            [Interface]
            Address = 10.8.0.7/24, fd00:8::7/64
            PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=

            [Peer]
            PublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=
            AllowedIPs = 10.8.0.0/24, fd00:8::/64
            Endpoint = vpn.example.org:51820
            """;

    private final ConfigQr code = new ConfigQr(WgConfig.parse(CONFIG));

    private static String read(BufferedImage image) throws Exception {
        int[] pixels = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
        LuminanceSource source = new RGBLuminanceSource(image.getWidth(), image.getHeight(), pixels);
        return new QRCodeReader()
                .decode(new BinaryBitmap(new HybridBinarizer(source)))
                .getText();
    }

    @Test
    void aPhoneReadsTheConfigurationWithoutItsComments() throws Exception {
        String text = read(ImageIO.read(new ByteArrayInputStream(code.png(6))));
        assertThat(text).isEqualTo(CONFIG.replace("# phone\n", "").replace("\n\n", "\n"));
        assertThat(WgConfig.parse(text).check(WgRules.QUICK).findings()).isEmpty();
    }

    @Test
    void whatATerminalShowsIsTheSameCode() throws Exception {
        String[] rows = code.terminal().replaceAll("\u001b\\[[0-9;]*m", "").split("\n", -1);
        int size = rows[0].length();
        BufferedImage image = new BufferedImage(size * 6, size * 6, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < size * 6; y++) {
            for (int x = 0; x < size * 6; x++) {
                char half = rows[y / 12].charAt(x / 6);
                boolean upper = y / 6 % 2 == 0;
                boolean dark = half == '\u2588' || half == (upper ? '\u2580' : '\u2584');
                image.setRGB(x, y, dark ? 0 : 0xffffff);
            }
        }
        assertThat(read(image)).contains("PrivateKey = yAnz5TF+");
    }

    @Test
    void anSvgHasOneSquareForEveryDarkModule() {
        assertThat(code.svg()).startsWith("<svg ").endsWith("</svg>\n").contains("M4,4h1v1h-1z");
    }

    @Test
    void whatDoesNotFitIsRefusedAndNothingPrintsTheKey() {
        String large = CONFIG + "AllowedIPs = 10.8.0.0/24\n".repeat(200);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ConfigQr(WgConfig.parse(large)))
                .withMessageContaining("more than a QR code holds");
        assertThat(code.toString()).doesNotContain("yAnz5TF");
    }
}
