package ai.primespark.examples.server;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The certificate and key of a server from PEM files (RFC 7468), as the tools of certificate authorities leave them.
 *
 * @param certificates the server's own first, and those behind it
 * @param key unencrypted PKCS #8
 */
record PemKeys(Path certificates, Path key) {

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");

    /**
     * A key store in memory, with the password that {@link #PASSWORD} is: a key store needs one, and this one is never written.
     *
     * @throws StartupException when a file cannot be read or they do not belong together; never quotes one
     */
    KeyStore read() throws StartupException {
        try {
            Certificate[] chain = chain();
            PrivateKey secret = secret(chain[0].getPublicKey().getAlgorithm());
            if (!belong(chain[0].getPublicKey(), secret)) {
                throw new StartupException(
                        "the key in " + key + " is not that of the first certificate in " + certificates);
            }
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("server", secret, PASSWORD.toCharArray(), chain);
            return store;
        } catch (IOException e) {
            throw new StartupException(
                    "cannot read " + e.getMessage() + ": tls.certificate and tls.key must be readable files");
        } catch (GeneralSecurityException e) {
            throw new StartupException("cannot use " + certificates + " and " + key + " for TLS ("
                    + e.getClass().getSimpleName() + ")");
        }
    }

    static final String PASSWORD = "in memory";

    /** When one of the files was changed last; what cannot be found was never changed. */
    FileTime changed() {
        FileTime first = changed(certificates);
        FileTime second = changed(key);
        return first.compareTo(second) > 0 ? first : second;
    }

    private static FileTime changed(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            return FileTime.fromMillis(0);
        }
    }

    private Certificate[] chain() throws IOException, GeneralSecurityException, StartupException {
        byte[] pem = Files.readAllBytes(certificates);
        Collection<? extends Certificate> found =
                CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem));
        if (found.isEmpty()) {
            throw new StartupException("there is no certificate in " + certificates + "; it must be PEM");
        }
        return found.toArray(Certificate[]::new);
    }

    private PrivateKey secret(String algorithm) throws IOException, GeneralSecurityException, StartupException {
        Matcher block = BLOCK.matcher(Files.readString(key, StandardCharsets.ISO_8859_1));
        while (block.find()) {
            if (block.group(1).equals("PRIVATE KEY")) {
                byte[] bytes = Base64.getMimeDecoder().decode(block.group(2));
                try {
                    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
                } catch (InvalidKeySpecException e) {
                    throw new StartupException("the key in " + key + " is not of the kind (" + algorithm
                            + ") of the first certificate in " + certificates);
                }
            }
        }
        throw new StartupException("there is no unencrypted PKCS #8 key (BEGIN PRIVATE KEY) in " + key
                + "; make one with: openssl pkcs8 -topk8 -nocrypt -in " + key + " -out server.key");
    }

    private static boolean belong(PublicKey open, PrivateKey secret) throws GeneralSecurityException {
        Signature signature = Signature.getInstance(
                switch (open.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> open.getAlgorithm();
                });
        byte[] sample = new byte[32];
        new SecureRandom().nextBytes(sample);
        signature.initSign(secret);
        signature.update(sample);
        byte[] signed = signature.sign();
        signature.initVerify(open);
        signature.update(sample);
        return signature.verify(signed);
    }
}
