package ai.primespark.it;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** What stands in the project's poms, as text, without inheritance and without properties being put in. */
public final class Poms {

    private Poms() {}

    /** @param module a folder of the project; empty for the root */
    public static Element of(String module) {
        return parse(ProjectFiles.read(file(module)));
    }

    /** An XML document, as it is or as a part of one. */
    public static Element parse(String xml) {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            return factory.newDocumentBuilder()
                    .parse(new InputSource(new StringReader(xml)))
                    .getDocumentElement();
        } catch (ParserConfigurationException | SAXException | IOException e) {
            throw new AssertionError("not well-formed: " + xml, e);
        }
    }

    /** The modules of the build, by their folders. */
    public static List<String> modules() {
        return elements(of(""), "module").stream()
                .map(Element::getTextContent)
                .map(String::strip)
                .toList();
    }

    /** The artifacts that are published, apart from the BOM. */
    public static Set<String> published() {
        Set<String> names = new TreeSet<>();
        for (String module : modules()) {
            Element pom = of(module);
            if (property(pom, "maven.deploy.skip").equals("false")
                    && !text(pom, "packaging").equals("pom")) {
                names.add(text(pom, "artifactId"));
            }
        }
        return names;
    }

    public static String version() {
        return text(of(""), "version");
    }

    /** All elements of a name, however deep. */
    public static List<Element> elements(Element root, String name) {
        List<Element> found = new ArrayList<>();
        var nodes = root.getElementsByTagName(name);
        for (int i = 0; i < nodes.getLength(); i++) {
            found.add((Element) nodes.item(i));
        }
        return found;
    }

    /** The text of a child; empty if there is none. */
    public static String text(Element parent, String child) {
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node.getNodeName().equals(child)) {
                return node.getTextContent().strip();
            }
        }
        return "";
    }

    /** A property of a pom; empty if it does not set it. */
    public static String property(Element pom, String name) {
        return elements(pom, "properties").stream()
                .map(properties -> text(properties, name))
                .filter(value -> !value.isEmpty())
                .findFirst()
                .orElse("");
    }

    private static Path file(String module) {
        return ProjectFiles.root().resolve(module).resolve("pom.xml");
    }
}
