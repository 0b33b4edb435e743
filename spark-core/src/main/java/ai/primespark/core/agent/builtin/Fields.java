package ai.primespark.core.agent.builtin;

import ai.primespark.agent.UnrecoverableTaskException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The fields of a payload. A field that is not known is an error and not ignored: a misspelt {@code privacy} must not let a prompt
 * travel. Messages name fields and never their values.
 */
final class Fields {

    private final String type;
    private final JsonNode node;

    /**
     * Checks which fields there are.
     *
     * @throws UnrecoverableTaskException when the payload is no object or has others
     */
    Fields(String type, JsonNode node, String... known) {
        this.type = type;
        this.node = node;
        if (!node.isObject()) {
            throw wrong("must be a JSON object with some of " + List.of(known));
        }
        Set<String> allowed = Set.of(known);
        for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!allowed.contains(name)) {
                throw wrong("has the unknown field '" + name + "'; it understands " + List.of(known));
            }
        }
    }

    Optional<JsonNode> node(String name) {
        JsonNode value = node.get(name);
        return value == null || value.isNull() ? Optional.empty() : Optional.of(value);
    }

    private Optional<JsonNode> node(String name, Predicate<JsonNode> is, String what) {
        Optional<JsonNode> value = node(name);
        if (value.isPresent() && !is.test(value.get())) {
            throw wrong("needs " + what + " in '" + name + "'");
        }
        return value;
    }

    Optional<String> text(String name) {
        return node(name, JsonNode::isTextual, "a text").map(JsonNode::textValue);
    }

    String requiredText(String name) {
        return text(name).orElseThrow(() -> wrong("needs a text in '" + name + "'"));
    }

    Optional<Double> decimal(String name) {
        return node(name, JsonNode::isNumber, "a number").map(JsonNode::doubleValue);
    }

    Optional<Long> number(String name) {
        return node(name, JsonNode::canConvertToLong, "a whole number").map(JsonNode::longValue);
    }

    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        for (JsonNode value : array(name)) {
            if (!value.isTextual()) {
                throw wrong("needs texts in '" + name + "'");
            }
            texts.add(value.textValue());
        }
        return texts;
    }

    List<JsonNode> array(String name) {
        List<JsonNode> values = new ArrayList<>();
        node(name, JsonNode::isArray, "a list").ifPresent(list -> list.forEach(values::add));
        return values;
    }

    <E extends Enum<E>> Optional<E> choice(String name, Class<E> choices) {
        return text(name).map(word -> {
            try {
                return Enum.valueOf(choices, word.toUpperCase(Locale.ROOT).replace('-', '_'));
            } catch (IllegalArgumentException e) {
                throw wrong("needs one of " + List.of(choices.getEnumConstants()) + " in '" + name + "'");
            }
        });
    }

    UnrecoverableTaskException wrong(String what) {
        return new UnrecoverableTaskException("the payload of a task of type '" + type + "' " + what, null);
    }
}
