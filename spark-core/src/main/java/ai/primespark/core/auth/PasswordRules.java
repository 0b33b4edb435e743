package ai.primespark.core.auth;

import ai.primespark.Secret;
import ai.primespark.auth.UserException;
import ai.primespark.auth.UserException.Kind;
import java.security.SecureRandom;
import java.util.Locale;
import java.util.Set;

/**
 * Which passwords are taken: length counts, kinds of characters do not, and what everybody tries first is refused (NIST SP
 * 800-63B, section 5.1.1.2).
 */
final class PasswordRules {

    static final int SHORTEST = 8;
    static final int LONGEST = 1_024;

    /** Without those that are taken for one another when they are read from a screen. */
    private static final String ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    /** What the lists of leaked passwords begin with, without the digits and signs that people put around them. */
    private static final Set<String> WELL_KNOWN = Set.of("""
            password, passwort, passw, pass, passwd, parola, contrasena, motdepasse, admin, administrator,
            adminadmin, root, toor, user, guest, login, welcome, willkommen, letmein, changeme, change, default,
            secret, test, testtest, testing, tester, demo, temp, qwerty, qwertz, azerty, qwert, qwertyui,
            qwertyuiop, qwertzuiop, azertyuiop, asdf, asdfgh, asdfghjk, asdfghjkl, zxcvbn, zxcvbnm, yxcvbnm,
            qazwsx, qazwsxedc, qweasd, qweasdzxc, qwerasdf, poiuytrewq, iloveyou, ichliebedich, teamo, jetaime,
            trustno, sunshine, princess, football, baseball, basketball, dragon, monkey, shadow, master,
            superman, batman, michael, jennifer, jordan, hunter, starwars, computer, internet, whatever,
            freedom, abc, abcd, abcdef, abcdefg, abcdefgh, mustang, access, samsung, pokemon, liverpool,
            chelsea, arsenal, corvette, mercedes, ferrari, einstein, hello, hallo, hellohello, loveme, lovely,
            nicole, daniel, babygirl, charlie, jessica, ashley, cheese, butterfly, flower, summer, winter,
            spring, autumn, sommer, herbst, fruehling, google, facebook, linkedin, killer, ninja, solo,
            raspberry, raspberrypi, primespark, prime, spark, homelab, server, ubuntu, debian, docker, blink,
            pass word, correcthorsebatterystaple""".split(",\\s+"));

    private static final String[] ROWS = {
        "abcdefghijklmnopqrstuvwxyz",
        "01234567890",
        "qwertyuiop",
        "qwertzuiop",
        "asdfghjkl",
        "zxcvbnm",
        "1qaz2wsx3edc4rfv5tgb"
    };

    private PasswordRules() {}

    /**
     * Checks a new password.
     *
     * @throws UserException with {@link Kind#WEAK_PASSWORD}
     */
    static void check(String username, Secret password) {
        String text = password.reveal();
        int length = text.codePointCount(0, text.length());
        if (length < SHORTEST || text.length() > LONGEST) {
            throw weak("a password has " + SHORTEST + " to 1,024 characters");
        }
        String folded = text.toLowerCase(Locale.ROOT);
        if (username.length() >= 4 && folded.contains(username) && length - username.length() < SHORTEST) {
            throw weak("the password is little more than the username; choose another one");
        }
        if (isSimple(folded) || isWellKnown(folded)) {
            throw weak(
                    "that password is among those that everybody tries first; choose a longer one, such as four words");
        }
    }

    private static UserException weak(String message) {
        return new UserException(Kind.WEAK_PASSWORD, message);
    }

    /** One short piece over and over, or a row of the keyboard or the alphabet, forwards or backwards. */
    private static boolean isSimple(String text) {
        int period = (text + text).indexOf(text, 1);
        if (period <= 4 && period < text.length()) {
            return true;
        }
        String backwards = new StringBuilder(text).reverse().toString();
        for (String row : ROWS) {
            String endless = row + row;
            if (endless.contains(text) || endless.contains(backwards)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isWellKnown(String text) {
        String bare = strip(text);
        return WELL_KNOWN.contains(bare)
                || WELL_KNOWN.contains(unmasked(bare))
                || WELL_KNOWN.contains(strip(unmasked(text)))
                || bare.isEmpty() && text.length() < 12;
    }

    /** Without the digits and signs at both ends: 123password! is password. */
    private static String strip(String text) {
        return text.replaceAll("^[^\\p{L}]+|[^\\p{L}]+$", "");
    }

    /** With the letters that digits and signs stand for: p4$$w0rd is password. */
    private static String unmasked(String text) {
        return text.replace('4', 'a')
                .replace('@', 'a')
                .replace('3', 'e')
                .replace('1', 'i')
                .replace('!', 'i')
                .replace('0', 'o')
                .replace('5', 's')
                .replace('$', 's')
                .replace('7', 't');
    }

    /** A password of 20 random characters in groups that can be read out; about 115 bits. */
    static Secret generate(SecureRandom random) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            if (i > 0 && i % 5 == 0) {
                text.append('-');
            }
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return Secret.of(text.toString());
    }
}
