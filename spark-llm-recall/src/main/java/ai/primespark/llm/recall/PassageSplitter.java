package ai.primespark.llm.recall;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Cuts a document into passages that can be quoted by themselves. A passage never reaches over a heading; paragraphs are put together
 * up to {@link #LONG} characters and split between sentences above; code and tables stay whole up to {@link #WHOLE}.
 */
final class PassageSplitter {

    /** Changes whenever the same text would be split otherwise, so that adding it again renews its passages. */
    static final int VERSION = 1;

    static final int SHORT = 400;
    static final int LONG = 1_200;
    static final int WHOLE = 2_400;

    private static final int CRUMB = 200;
    private static final int SECTION_CHARS = 200;

    private final String title;
    private final List<Excerpt> excerpts = new ArrayList<>();
    private final List<Block> headings = new ArrayList<>(); // the open ones, outermost first
    private final List<Block> section = new ArrayList<>();

    private PassageSplitter(String title) {
        this.title = title;
    }

    static List<Excerpt> split(String title, String text) {
        PassageSplitter splitter = new PassageSplitter(title);
        for (Block block : MarkdownReader.read(text)) {
            if (block.kind() == Block.Kind.HEADING) {
                splitter.endSection();
                splitter.heading(block);
            } else {
                splitter.section.add(block);
            }
        }
        splitter.endSection();
        if (splitter.excerpts.isEmpty() && !title.isBlank()) {
            splitter.excerpts.add(new Excerpt("", title)); // a document without text is still found by its title
        }
        return splitter.excerpts;
    }

    private void heading(Block heading) {
        headings.removeIf(open -> open.level() >= heading.level());
        headings.add(heading);
    }

    private void endSection() {
        String name = headings.stream()
                .map(Block::text)
                .filter(words -> !words.isEmpty() && !words.equalsIgnoreCase(title))
                .collect(Collectors.joining(" > "));
        String path = name.length() > SECTION_CHARS ? TextCutter.shorten(name, SECTION_CHARS) : name;
        for (String text : pack(section)) {
            excerpts.add(new Excerpt(path, text));
        }
        section.clear();
    }

    private static List<String> pack(List<Block> blocks) {
        List<String> packed = new ArrayList<>();
        StringBuilder open = new StringBuilder();
        for (Block block : blocks) {
            // what introduces a table or a piece of code in a few words should stay with it
            int limit = open.length() < SHORT && block.kind() != Block.Kind.PROSE ? WHOLE : LONG;
            for (String piece : pieces(block)) {
                if (open.length() > 0 && open.length() + 2 + piece.length() > limit) {
                    packed.add(open.toString());
                    open.setLength(0);
                }
                open.append(open.length() > 0 ? "\n\n" : "").append(piece);
            }
        }
        int last = packed.size() - 1;
        if (last >= 0 && open.length() < CRUMB) {
            packed.set(last, packed.get(last) + "\n\n" + open);
        } else if (open.length() > 0) {
            packed.add(open.toString());
        }
        packed.removeIf(String::isBlank);
        return packed;
    }

    private static List<String> pieces(Block block) {
        String text = block.text();
        if (text.length() <= (block.kind() == Block.Kind.PROSE ? LONG : WHOLE)) {
            return List.of(text);
        }
        return switch (block.kind()) {
            case CODE -> code(text.lines().toList());
            case TABLE -> table(text.lines().toList());
            default -> TextCutter.sentences(text, LONG);
        };
    }

    /** Every part of a long piece of code is a fenced block again. */
    private static List<String> code(List<String> lines) {
        String opening = lines.get(0);
        String fence = opening.strip().replaceAll("[^`~].*", "");
        boolean closed = lines.size() > 1 && lines.get(lines.size() - 1).strip().equals(fence);
        return TextCutter.lines(List.of(opening), lines.subList(1, lines.size() - (closed ? 1 : 0)), fence, WHOLE);
    }

    /** Every part of a long table has the table's head. */
    private static List<String> table(List<String> lines) {
        boolean headed = lines.size() > 2 && lines.get(1).matches("[ \\t|:-]+");
        int head = headed ? 2 : 0;
        return TextCutter.lines(lines.subList(0, head), lines.subList(head, lines.size()), "", WHOLE);
    }
}
