package ai.primespark.it.docs;

import ai.primespark.it.ProjectFiles;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A page as GitHub shows it: its links, and what can be linked to in it.
 *
 * @param file where it is
 * @param text its text without blocks of code
 */
record MarkdownPage(Path file, String text) {

    private static final Pattern CODE =
            Pattern.compile("^[ \\t]*(```+|~~~+).*?^[ \\t]*\\1[`~]*[ \\t]*$", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]*)(?:#([^)\\s]*))?(?:\\s+\"[^\"]*\")?\\)");
    private static final Pattern HEADING = Pattern.compile("^#{1,6}[ \\t]+(.*?)[ \\t]*#*$", Pattern.MULTILINE);
    private static final Pattern ANCHOR = Pattern.compile("<a\\s+(?:id|name)=\"([^\"]+)\"");
    private static final Set<String> NOT_OURS = Set.of("target", "node_modules", ".git");

    /**
     * A link.
     *
     * @param target the part before the {@code #}; empty for a place on the same page
     * @param fragment the part behind it; empty if there is none
     */
    record Link(String target, String fragment) {

        boolean isExternal() {
            return target.contains("://") || target.startsWith("mailto:");
        }

        @Override
        public String toString() {
            return fragment.isEmpty() ? target : target + "#" + fragment;
        }
    }

    static MarkdownPage of(Path file) {
        return new MarkdownPage(file, withoutCode(ProjectFiles.read(file)));
    }

    static String withoutCode(String markdown) {
        return CODE.matcher(markdown).replaceAll("");
    }

    /** Every page of the project. */
    static List<Path> all() throws IOException {
        List<Path> pages = new ArrayList<>();
        Files.walkFileTree(ProjectFiles.root(), new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                boolean skipped =
                        NOT_OURS.contains(String.valueOf(folder.getFileName())) && !folder.equals(ProjectFiles.root());
                return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (file.toString().endsWith(".md")) {
                    pages.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return pages;
    }

    List<Link> links() {
        return LINK.matcher(text.replaceAll("`[^`\n]*`", ""))
                .results()
                .map(found -> new Link(
                        found.group(1),
                        found.group(2) == null ? "" : URLDecoder.decode(found.group(2), StandardCharsets.UTF_8)))
                .toList();
    }

    /** What may stand behind {@code #} in a link to this page. */
    Set<String> anchors() {
        Set<String> anchors = new HashSet<>();
        Map<String, Integer> times = new HashMap<>();
        HEADING.matcher(text).results().forEach(heading -> {
            String name = anchor(heading.group(1));
            int before = times.merge(name, 1, Integer::sum) - 1;
            anchors.add(before == 0 ? name : name + "-" + before);
        });
        ANCHOR.matcher(text).results().forEach(found -> anchors.add(found.group(1)));
        return anchors;
    }

    /** GitHub's rule, from its html-pipeline: small letters, nothing but word characters, hyphens and spaces, which become hyphens. */
    private static String anchor(String heading) {
        return heading.replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1") // of a link its words
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{M}\\p{Nd}\\p{Pc}\\- ]", "")
                .replace(' ', '-');
    }
}
