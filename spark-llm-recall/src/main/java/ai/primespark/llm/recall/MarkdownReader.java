package ai.primespark.llm.recall;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads Markdown, or plain text, block by block. Knows as much Markdown as splitting needs. Not thread-safe. */
final class MarkdownReader {

    private static final Pattern HEADING = Pattern.compile(" {0,3}(#{1,6})(?:[ \\t]+(.*))?");
    private static final Pattern CLOSING_HASHES = Pattern.compile("[ \\t]+#+[ \\t]*$");
    private static final Pattern UNDERLINE = Pattern.compile(" {0,3}(=+|-{2,})[ \\t]*");
    private static final Pattern RULE = Pattern.compile(" {0,3}([-*_])[ \\t]*(?:\\1[ \\t]*){2,}");
    private static final Pattern LIST_OR_QUOTE = Pattern.compile("\\s*(?:[-*+>]|\\d+[.)])\\s.*");
    private static final Pattern FENCE = Pattern.compile(" {0,3}(`{3,}(?=[^`]*$)|~{3,}).*");
    private static final Pattern FRONT_MATTER = Pattern.compile("[\\w-]+:.*|[ \\t#-].*|");
    private static final int FRONT_MATTER_LINES = 60;

    private final List<String> lines;
    private final List<Block> blocks = new ArrayList<>();
    private final List<String> open = new ArrayList<>(); // lines of the paragraph or table being read
    private int next;

    private MarkdownReader(String text) {
        this.lines = text.lines().toList();
    }

    static List<Block> read(String text) {
        MarkdownReader reader = new MarkdownReader(text);
        reader.next = reader.afterFrontMatter();
        while (reader.next < reader.lines.size()) {
            reader.line(reader.lines.get(reader.next++));
        }
        reader.flush();
        return reader.blocks;
    }

    private void line(String line) {
        Matcher heading = HEADING.matcher(line);
        Matcher fence = FENCE.matcher(line);
        if (line.isBlank()) {
            flush();
        } else if (fence.matches()) {
            flush();
            code(line, fence.group(1));
        } else if (heading.matches()) {
            flush();
            String words = heading.group(2) == null ? "" : heading.group(2);
            heading(heading.group(1).length(), CLOSING_HASHES.matcher(words).replaceFirst(""));
        } else if (isHeadingOnceUnderlined() && UNDERLINE.matcher(line).matches()) {
            String words = open.remove(0);
            heading(line.strip().startsWith("=") ? 1 : 2, words);
        } else if (RULE.matcher(line).matches()) {
            flush();
        } else {
            if (!open.isEmpty() && isTable(open.get(0)) != isTable(line)) {
                flush();
            }
            open.add(line.stripTrailing());
        }
    }

    private boolean isHeadingOnceUnderlined() {
        return open.size() == 1
                && !isTable(open.get(0))
                && !LIST_OR_QUOTE.matcher(open.get(0)).matches();
    }

    private void heading(int level, String words) {
        blocks.add(new Block(
                Block.Kind.HEADING, level, words.replaceAll("[`*]", "").strip()));
    }

    private void code(String opening, String fence) {
        Pattern closing =
                Pattern.compile(" {0,3}" + Pattern.quote(fence.substring(0, 1)) + "{" + fence.length() + ",}[ \\t]*");
        List<String> code = new ArrayList<>(List.of(opening));
        boolean closed = false;
        while (!closed && next < lines.size()) {
            String line = lines.get(next++);
            code.add(line);
            closed = closing.matcher(line).matches();
        }
        blocks.add(new Block(Block.Kind.CODE, 0, String.join("\n", code)));
    }

    private void flush() {
        if (!open.isEmpty()) {
            Block.Kind kind = isTable(open.get(0)) ? Block.Kind.TABLE : Block.Kind.PROSE;
            blocks.add(new Block(kind, 0, String.join("\n", open)));
            open.clear();
        }
    }

    private static boolean isTable(String line) {
        return line.stripLeading().startsWith("|");
    }

    /** Settings for a site generator, between two lines of dashes at the very beginning, are not part of the text. */
    private int afterFrontMatter() {
        if (lines.isEmpty() || !lines.get(0).stripTrailing().equals("---")) {
            return 0;
        }
        for (int i = 1; i < Math.min(lines.size(), FRONT_MATTER_LINES); i++) {
            if (lines.get(i).stripTrailing().equals("---")) {
                return i + 1;
            }
            if (!FRONT_MATTER.matcher(lines.get(i)).matches()) {
                return 0;
            }
        }
        return 0;
    }
}
