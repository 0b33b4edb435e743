package ai.primespark.vpn.wireguard;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.testkit.NeedsWireGuard;
import ai.primespark.vpn.wireguard.WgCorpus.Case;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our decisions against those of {@code wg setconf} and {@code wg-quick strip}. */
class WgCorpusTest {

    private static final boolean EXHAUSTIVE = Boolean.getBoolean("spark.exhaustive");

    private final List<Case> cases = WgCorpus.cases();

    @Test
    void theCorpusHasAtLeastThreeHundredCasesAndNoneTwice() {
        Set<String> texts = new HashSet<>();
        for (Case c : cases) {
            assertThat(texts.add(Arrays.toString(c.file()))).as("%s", c).isTrue();
            assertThat(c.verdict()).as("%s", c).isIn("ok", "lint", "bad");
        }
        assertThat(cases).hasSizeGreaterThanOrEqualTo(300);
        assertThat(cases).filteredOn(Case::takenByWireGuard).hasSizeGreaterThanOrEqualTo(100);
    }

    @Test
    void eachCaseIsJudgedAsItIsMarked() {
        List<String> wrong = new ArrayList<>();
        for (Case c : cases) {
            WgReport report = WgConfig.parse(c.file()).check(WgRules.SETCONF);
            String verdict = !report.accepted() ? "bad" : report.sound() ? "ok" : "lint";
            if (!verdict.equals(c.verdict())) {
                wrong.add(c + " -> " + verdict + " " + report.findings());
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    @NeedsWireGuard
    void wireGuardItselfDecidesAsEachCaseIsMarked() {
        List<String> wrong = new ArrayList<>();
        try (WgTunnel tunnel = WgTunnel.open()) {
            for (Case c : cases) {
                Tools.Result result = tunnel.setconf(c.file());
                if ((result.code() == 0) != c.takenByWireGuard()) {
                    wrong.add(c + " -> " + result.code() + " " + result.output());
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void everyRefusalNamesALineAndNoKey() {
        for (Case c : cases) {
            for (WgFinding finding :
                    WgConfig.parse(c.file()).check(WgRules.SETCONF).findings()) {
                if (finding.severity() != WgFinding.Severity.WARNING) {
                    assertThat(finding.line()).as("%s %s", c, finding).isPositive();
                    assertThat(finding.column()).as("%s %s", c, finding).isPositive();
                }
                assertThat(finding.toString())
                        .doesNotContain("yAnz5TF")
                        .doesNotContain("FpCyhws")
                        .doesNotContain("c809f3e5");
            }
        }
    }

    @Test
    void whatIsReadComesOutByteForByte() {
        for (Case c : cases) {
            WgConfig config = WgConfig.parse(c.file());
            var unused = config.check(WgRules.QUICK);
            assertThat(config.bytes()).as("%s", c).isEqualTo(c.file());
        }
    }

    @Test
    @NeedsWireGuard
    void mutatedFilesAreDecidedAsWireGuardDecidesThem() {
        int rounds = EXHAUSTIVE ? 20_000 : 500;
        List<Case> taking = cases.stream().filter(Case::takenByWireGuard).toList();
        int compared = 0;
        int taken = 0;
        List<String> wrong = new ArrayList<>();
        Random random = new Random(20_210_914);
        try (WgTunnel tunnel = WgTunnel.open()) {
            for (int round = 0; round < rounds; round++) {
                byte[] file = mutate(taking.get(random.nextInt(taking.size())).file(), random);
                WgReport report = WgConfig.parse(file).check(WgRules.SETCONF);
                if (!report.lookups().isEmpty() || isIncremental(file)) {
                    continue; // decided by a name server, or by the tools' version
                }
                Tools.Result result = tunnel.setconf(file);
                compared++;
                taken += result.code() == 0 ? 1 : 0;
                if ((result.code() == 0) != report.accepted()) {
                    wrong.add(new String(file, StandardCharsets.ISO_8859_1) + " -> " + result + report.findings());
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(compared).isGreaterThan(rounds * 3 / 4);
        assertThat(taken).isBetween(compared / 10, compared * 9 / 10);
    }

    /** Tools newer than ours take +10.0.0.0/8 and -10.0.0.0/8. */
    private static boolean isIncremental(byte[] file) {
        return new String(file, StandardCharsets.ISO_8859_1).matches("(?is).*[=,]\\s*[+-]\\s*[0-9a-f:].*");
    }

    private static byte[] mutate(byte[] original, Random random) {
        StringBuilder text = new StringBuilder(new String(original, StandardCharsets.ISO_8859_1));
        String alphabet = "0123456789abfxgAZ.:/,=[]# \t\r\n-+*%\0\u00ff";
        for (int edits = 1 + random.nextInt(2); edits > 0; edits--) {
            int at = random.nextInt(text.length() + 1);
            char c = alphabet.charAt(random.nextInt(alphabet.length()));
            switch (random.nextInt(4)) {
                case 0 -> text.insert(at, c);
                case 1 -> text.delete(at, Math.min(text.length(), at + 1));
                case 2 -> text.replace(at, Math.min(text.length(), at + 1), String.valueOf(c));
                default -> {
                    int end = Math.min(text.length(), at + random.nextInt(8));
                    text.insert(random.nextInt(text.length() + 1), text.substring(at, end));
                }
            }
        }
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    @NeedsWireGuard
    void strippingIsThatOfWgQuick(@TempDir Path directory) throws IOException {
        List<String> files = new ArrayList<>(List.of(
                "[Interface]\nAddress = 10.8.0.2/24\nPrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\nMTU=1420\n",
                "[interface]\n  dns = 1.1.1.1 # ours\nPostUp = echo a=b\n[Peer]\nAddress = kept\n",
                "[Interface]\nSaveConfig = false\nTable=off\nFwMark = 1\n# Address = kept\nAddress\n",
                "[ Interface ]\nAddress = kept\n",
                "[Interface]\r\nAddress = 10.0.0.1\r\nListenPort = 5\r\n",
                "Address = kept\n[Interface] = x\nAddress = dropped\n"));
        Random random = new Random(7);
        for (int i = 0; i < (EXHAUSTIVE ? cases.size() : 60); i++) {
            Case c = EXHAUSTIVE ? cases.get(i) : cases.get(random.nextInt(cases.size()));
            files.add(new String(c.file(), StandardCharsets.ISO_8859_1));
        }
        for (String text : files) {
            if (text.indexOf('\0') >= 0) {
                continue; // bash drops zeroes
            }
            Path file = directory.resolve("wgs.conf");
            Files.write(file, text.getBytes(StandardCharsets.ISO_8859_1));
            Tools.Result real = Tools.run(new byte[0], Map.of("LC_ALL", "C"), "wg-quick", "strip", file.toString());
            if (real.code() != 0) {
                continue; // a bad SaveConfig
            }
            String ours = new String(WgConfig.read(file).strip().bytes(), StandardCharsets.UTF_8);
            String theirs = real.output().replaceAll("Warning: [^\\n]* is world accessible\\n", "");
            assertThat(new String(ours.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8).strip())
                    .as(text)
                    .isEqualTo(
                            new String(theirs.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8).strip());
        }
    }
}
