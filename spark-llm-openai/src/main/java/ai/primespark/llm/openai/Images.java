package ai.primespark.llm.openai;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Images in requests. */
final class Images {

    private Images() {}

    /** The image itself as an address. */
    static String dataUrl(byte[] image) {
        return "data:" + type(image) + ";base64," + Base64.getEncoder().encodeToString(image);
    }

    /** Told by the first bytes; of formats that are not known here, the server may make what it can. */
    private static String type(byte[] image) {
        if (has(image, 0, "\u0089PNG")) {
            return "image/png";
        }
        if (has(image, 0, "\u00ff\u00d8\u00ff")) {
            return "image/jpeg";
        }
        if (has(image, 0, "GIF8")) {
            return "image/gif";
        }
        if (has(image, 0, "RIFF") && has(image, 8, "WEBP")) {
            return "image/webp";
        }
        if (has(image, 0, "BM")) {
            return "image/bmp";
        }
        if (has(image, 4, "ftypavif")) {
            return "image/avif";
        }
        if (has(image, 4, "ftyphei")) {
            return "image/heic";
        }
        return has(image, 0, "II*\0") || has(image, 0, "MM\0*") ? "image/tiff" : "application/octet-stream";
    }

    private static boolean has(byte[] image, int offset, String magic) {
        byte[] bytes = magic.getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < bytes.length; i++) {
            if (offset + i >= image.length || image[offset + i] != bytes[i]) {
                return false;
            }
        }
        return true;
    }
}
