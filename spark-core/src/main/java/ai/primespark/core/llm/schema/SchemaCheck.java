package ai.primespark.core.llm.schema;

import ai.primespark.llm.SchemaViolation;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Checks JSON values against one schema: the keywords of JSON Schema 2020-12 (and of draft-07, where they differ) that
 * {@link SchemaDialect} lets through. Formats that are known are checked as well. Immutable and thread-safe.
 */
public final class SchemaCheck {

    /** Violations that are told; a model mends the first ones, and the rest often goes with them. */
    static final int MOST_VIOLATIONS = 20;

    /** Calls within calls. A schema may refer to itself without end, and a value may be nested as deep as the parser lets it. */
    private static final int DEEPEST = 2_400;

    /** Of a part of the value by a part of the schema. */
    private static final int MOST_LOOKS = 5_000_000;

    private static final String TOO_MUCH = "is nested too deeply to be checked";

    private final JsonNode root;
    private final SchemaDialect dialect;

    /**
     * Prepares a check.
     *
     * @param schema the schema
     * @throws IllegalArgumentException when it says something that is not understood; says what and where
     */
    public SchemaCheck(JsonNode schema) {
        this.root = schema;
        this.dialect = SchemaDialect.of(schema);
    }

    /**
     * Checks a value.
     *
     * @param value any
     * @return what is wrong with it, at most 20; empty when it fits
     */
    public List<SchemaViolation> check(JsonNode value) {
        Findings findings = new Findings(MOST_VIOLATIONS, new AtomicInteger(MOST_LOOKS));
        try {
            check(root, value, Place.top(), findings, 0);
        } catch (StackOverflowError e) { // a thread with a small stack, or one that was well used already
            findings.left.set(-1);
        }
        if (findings.left.get() < 0 && findings.violations.isEmpty()) { // given up in a trial that nobody counts on
            findings.add(Place.top(), TOO_MUCH);
        }
        return findings.violations;
    }

    /** What was found, and how much more may be looked at: by a trial as much as by what it is a trial for. */
    private static final class Findings {

        final List<SchemaViolation> violations = new ArrayList<>();
        final int most;
        final AtomicInteger left;

        Findings(int most, AtomicInteger left) {
            this.most = most;
            this.left = left;
        }

        void add(Place place, String problem) {
            if (!full()) {
                violations.add(new SchemaViolation(place.path(), place.place(), problem));
            }
        }

        boolean full() {
            return violations.size() >= most;
        }
    }

    private void check(JsonNode schema, JsonNode value, Place place, Findings out, int depth) {
        if (out.full()) {
            return;
        }
        if (depth > DEEPEST || out.left.decrementAndGet() < 0) {
            out.left.set(-1); // a check that is given up is given up as a whole
            out.add(place, TOO_MUCH);
            return;
        }
        if (schema.isBoolean()) {
            if (!schema.booleanValue()) {
                out.add(place, "is not allowed here");
            }
            return;
        }
        JsonNode reference = schema.get("$ref");
        if (reference != null) {
            check(dialect.resolve(reference.asText()), value, place, out, depth + 1);
        }
        if (!type(schema.get("type"), value, place, out)) {
            return; // what else the schema says is about another type
        }
        constants(schema, value, place, out);
        combinations(schema, value, place, out, depth);
        if (value.isTextual()) {
            ValueRules.text(schema, value.textValue(), dialect, problem -> out.add(place, problem));
        } else if (value.isNumber()) {
            ValueRules.number(schema, value, problem -> out.add(place, problem));
        } else if (value.isArray()) {
            array(schema, value, place, out, depth);
        } else if (value.isObject()) {
            object(schema, value, place, out, depth);
        }
    }

    private boolean fits(JsonNode schema, JsonNode value, Findings out, int depth) {
        Findings trial = new Findings(1, out.left);
        check(schema, value, Place.top(), trial, depth + 4); // calls, as everywhere here, or one more
        return trial.violations.isEmpty();
    }

    private static boolean type(@Nullable JsonNode type, JsonNode value, Place place, Findings out) {
        boolean fits = ValueRules.isOfAny(type, value);
        if (!fits) {
            out.add(place, "must be " + ValueRules.describe(type) + " but is " + ValueRules.nameOf(value));
        }
        return fits;
    }

    private static void constants(JsonNode schema, JsonNode value, Place place, Findings out) {
        JsonNode constant = schema.get("const");
        if (constant != null && !ValueRules.same(constant, value)) {
            out.add(place, "must be " + constant);
        }
        JsonNode values = schema.get("enum");
        if (values != null) {
            for (JsonNode one : values) {
                if (ValueRules.same(one, value)) {
                    return;
                }
            }
            out.add(place, "must be one of " + ValueRules.clip(values.toString()));
        }
    }

    private void combinations(JsonNode schema, JsonNode value, Place place, Findings out, int depth) {
        for (JsonNode all : schema.path("allOf")) {
            check(all, value, place, out, depth + 2);
        }
        JsonNode any = schema.get("anyOf");
        if (any != null) {
            alternatives(any, value, place, out, depth, false);
        }
        JsonNode one = schema.get("oneOf");
        if (one != null) {
            alternatives(one, value, place, out, depth, true);
        }
        JsonNode not = schema.get("not");
        if (not != null && fits(not, value, out, depth)) {
            out.add(place, "has a form that is not allowed here");
        }
        JsonNode condition = schema.get("if");
        if (condition != null) {
            JsonNode branch = schema.get(fits(condition, value, out, depth) ? "then" : "else");
            if (branch != null) {
                check(branch, value, place, out, depth + 2);
            }
        }
    }

    /**
     * Branches that the value's type or constants rule out are not tried. That says best what is wrong with the one that is
     * left, and keeps the work for deeply nested alternatives from doubling with each level.
     */
    private void alternatives(
            JsonNode branches, JsonNode value, Place place, Findings out, int depth, boolean exactlyOne) {
        List<JsonNode> possible = new ArrayList<>();
        for (JsonNode branch : branches) {
            if (isPossible(dialect.follow(branch), value)) {
                possible.add(branch);
            }
        }
        if (possible.size() == 1) {
            check(possible.get(0), value, place, out, depth + 3);
            return;
        }
        int fitting = 0;
        for (JsonNode branch : possible) {
            fitting += fits(branch, value, out, depth) ? 1 : 0;
            if (fitting > 0 && !exactlyOne) {
                return;
            }
        }
        if (fitting > 1) {
            out.add(place, "fits " + fitting + " of the forms that are allowed here, and must fit one only");
        } else if (fitting == 0) {
            Set<String> constants = new TreeSet<>();
            String property = value.isObject() ? discriminator(branches, constants) : null;
            if (property == null) {
                out.add(place, "fits none of the forms that are allowed here");
            } else {
                String missing = value.has(property) ? "" : "is missing; it ";
                out.add(place.declared(property), missing + "must be one of " + ValueRules.clip(constants.toString()));
            }
        }
    }

    private static boolean isPossible(JsonNode branch, JsonNode value) {
        if (!ValueRules.isOfAny(branch.get("type"), value)) {
            return false;
        }
        for (Map.Entry<String, JsonNode> property : branch.path("properties").properties()) {
            JsonNode constant = property.getValue().get("const");
            JsonNode given = value.get(property.getKey());
            if (constant != null && given != null && !ValueRules.same(constant, given)) {
                return false;
            }
        }
        return true;
    }

    /** The property by whose constant all objects among the branches are told apart, and those constants. */
    private @Nullable String discriminator(JsonNode branches, Set<String> constants) {
        String common = null;
        for (JsonNode branch : branches) {
            JsonNode schema = dialect.follow(branch);
            if (schema.has("type") && !schema.path("type").asText().equals("object")) {
                continue;
            }
            String own = null;
            for (Map.Entry<String, JsonNode> property :
                    schema.path("properties").properties()) {
                if (own == null && property.getValue().has("const")) {
                    own = property.getKey();
                    constants.add(property.getValue().get("const").toString());
                }
            }
            if (own == null || common != null && !common.equals(own)) {
                return null;
            }
            common = own;
        }
        return common;
    }

    private void array(JsonNode schema, JsonNode value, Place place, Findings out, int depth) {
        ValueRules.size(schema, "Items", value.size(), "items", problem -> out.add(place, problem));
        JsonNode items = schema.get("items");
        JsonNode prefix = schema.get("prefixItems");
        if (items != null && items.isArray()) { // draft-07
            prefix = items;
            items = schema.get("additionalItems");
        }
        for (int i = 0; i < value.size(); i++) {
            JsonNode rule = prefix != null && i < prefix.size() ? prefix.get(i) : items;
            if (rule != null) {
                check(rule, value.get(i), place.item(i), out, depth + 2);
            }
        }
        if (schema.path("uniqueItems").booleanValue()) {
            int twin = ValueRules.firstTwin(value);
            if (twin >= 0) {
                out.add(place.item(twin), "is there twice, and the items must differ");
            }
        }
        JsonNode contained = schema.get("contains");
        if (contained != null) {
            int found = 0;
            for (JsonNode item : value) {
                found += fits(contained, item, out, depth) ? 1 : 0;
            }
            int least = schema.path("minContains").asInt(1);
            int most = schema.path("maxContains").asInt(Integer.MAX_VALUE);
            if (found < least || found > most) {
                out.add(
                        place,
                        "has " + found + " items of a form of which there must be " + least + " to "
                                + (most == Integer.MAX_VALUE ? "many" : most));
            }
        }
    }

    private void object(JsonNode schema, JsonNode value, Place place, Findings out, int depth) {
        ValueRules.size(schema, "Properties", value.size(), "properties", problem -> out.add(place, problem));
        for (JsonNode name : schema.path("required")) {
            if (!value.has(name.asText())) {
                out.add(place.declared(name.asText()), "is missing");
            }
        }
        JsonNode declared = schema.path("properties");
        JsonNode patterns = schema.path("patternProperties");
        JsonNode others = schema.get("additionalProperties");
        JsonNode names = schema.get("propertyNames");
        for (Map.Entry<String, JsonNode> property : value.properties()) {
            String name = property.getKey();
            JsonNode rule = declared.get(name);
            Place inside = rule != null ? place.declared(name) : place.madeUp(name);
            if (names != null && !fits(names, TextNode.valueOf(name), out, depth)) {
                out.add(inside, "has a name that is not allowed here");
            }
            boolean known = rule != null;
            if (rule != null) {
                check(rule, property.getValue(), inside, out, depth + 2);
            }
            for (Map.Entry<String, JsonNode> pattern : patterns.properties()) {
                if (dialect.pattern(pattern.getKey()).matcher(name).find()) {
                    known = true;
                    check(pattern.getValue(), property.getValue(), inside, out, depth + 2);
                }
            }
            if (!known && others != null) {
                check(others, property.getValue(), inside, out, depth + 2);
            }
        }
        dependents(schema, value, place, out, depth);
    }

    private void dependents(JsonNode schema, JsonNode value, Place place, Findings out, int depth) {
        schema.path("dependentRequired").properties().forEach(rule -> {
            if (value.has(rule.getKey())) {
                for (JsonNode name : rule.getValue()) {
                    if (!value.has(name.asText())) {
                        out.add(place.declared(name.asText()), "is missing, and must be there together with another");
                    }
                }
            }
        });
        schema.path("dependentSchemas").properties().forEach(rule -> {
            if (value.has(rule.getKey())) {
                check(rule.getValue(), value, place, out, depth + 3);
            }
        });
    }
}
