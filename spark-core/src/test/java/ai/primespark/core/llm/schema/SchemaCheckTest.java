package ai.primespark.core.llm.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.llm.SchemaViolation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaCheckTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'type':'integer'}                               | 3.0          | 3.5         | must be an integer but is a number with a fraction",
                "{'type':['string','null']}                       | null         | 1           | must be a text or null but is an integer",
                "{'const':{'a':1}}                                | {'a':1.0}    | {'a':2}     | must be {\"a\":1}",
                "{'enum':['a',2]}                                 | 2.0          | 'b'         | must be one of [\"a\",2]",
                "{'minimum':2}                                    | 2            | 1.9         | must be at least 2",
                "{'maximum':2}                                    | 2            | 3           | must be at most 2",
                "{'exclusiveMinimum':2}                           | 2.1          | 2           | must be above 2",
                "{'exclusiveMaximum':2}                           | 1            | 2           | must be below 2",
                "{'multipleOf':0.1}                               | 0.3          | 0.35        | must be a multiple of 0.1",
                "{'type':'number'}                                | 1e300        | 1e400       | is too large a number",
                "{'minLength':2}                                  | '😀a'         | '😀'         | must have at least 2 characters but has 1",
                "{'maxLength':1}                                  | '😀'          | 'ab'        | must have at most 1 characters but has 2",
                "{'pattern':'^[a-z]+$'}                           | 'ab'         | 'a1'        | must match the pattern ^[a-z]+$",
                "{'format':'date'}                                | '2024-02-29' | '2023-02-29'| must be a date such as 2026-03-31",
                "{'format':'date-time'}                           | '2024-02-29T10:00:00Z' | '2024-02-29T10:00:00' | must be a date and time with its offset such as 2026-03-31T14:30:00Z",
                "{'format':'time'}                                | '10:00:00Z'  | '10:00'     | must be a time with its offset such as 14:30:00Z",
                "{'format':'duration'}                            | 'PT5M'       | '5 minutes' | must be a duration such as PT1H30M",
                "{'format':'uri'}                                 | 'a:b'        | 'x y'       | must be an absolute URI",
                "{'format':'unheard-of'}                          | 'x'          | -           | -",
                "{'uniqueItems':true}                             | [1,2]        | [{'a':1},{'a':1.0}] | is there twice, and the items must differ",
                "{'minItems':1}                                   | [1]          | []          | must have at least 1 items but has 0",
                "{'maxItems':1}                                   | [1]          | [1,2]       | must have at most 1 items but has 2",
                "{'contains':{'type':'string'}}                   | [1,'a']      | [1]         | has 0 items of a form of which there must be 1 to many",
                "{'contains':{'type':'string'},'maxContains':1}   | [1,'a']      | ['a','b']   | has 2 items of a form of which there must be 1 to 1",
                "{'prefixItems':[{'type':'string'}],'items':false}| ['a']        | ['a','b']   | is not allowed here",
                "{'items':[{'type':'string'}],'additionalItems':false}| ['a']    | ['a',1]     | is not allowed here",
                "{'minProperties':1}                              | {'a':1}      | {}          | must have at least 1 properties but has 0",
                "{'required':['a']}                               | {'a':null}   | {}          | is missing",
                "{'properties':{'a':{}},'additionalProperties':false} | {'a':1}  | {'b':1}     | is not allowed here",
                "{'patternProperties':{'^x':{'type':'string'}},'additionalProperties':false} | {'xy':'a'} | {'xy':1} | must be a text but is an integer",
                "{'propertyNames':{'maxLength':1}}                | {'a':1}      | {'ab':1}    | has a name that is not allowed here",
                "{'dependentRequired':{'a':['b']}}                | {'b':1}      | {'a':1}     | is missing, and must be there together with another",
                "{'dependentSchemas':{'a':{'required':['b']}}}    | {'a':1,'b':1}| {'a':1}     | is missing",
                "{'allOf':[{'minimum':1},{'maximum':2}]}          | 2            | 3           | must be at most 2",
                "{'anyOf':[{'type':'string'},{'minimum':5}]}      | 'a'          | 4           | must be at least 5",
                "{'anyOf':[{'maximum':1},{'minimum':5}]}          | 6            | 4           | fits none of the forms that are allowed here",
                "{'oneOf':[{'maximum':5},{'minimum':1}]}          | 0            | 3           | fits 2 of the forms that are allowed here, and must fit one only",
                "{'not':{'type':'null'}}                          | 1            | null        | has a form that is not allowed here",
                "{'if':{'minimum':10},'then':{'multipleOf':10},'else':{'maximum':5}} | 20 | 7     | must be at most 5",
                "{'$ref':'#/$defs/a','$defs':{'a':{'type':'string'}}} | 'x'      | 1           | must be a text but is an integer",
                "{'properties':{'n':{'$ref':'#'}},'type':'object'}| {'n':{'n':{}}} | {'n':{'n':1}} | must be an object but is an integer",
                "{'description':'words','title':'t','x-own':1,'default':3} | 1   | -           | -",
            })
    void everyKeywordLetsThroughWhatFitsAndSaysWhatDoesNot(String schema, String good, String bad, String problem) {
        SchemaCheck check = new SchemaCheck(json(schema));
        assertThat(check.check(json(good))).isEmpty();
        if (!problem.equals("-")) {
            assertThat(check.check(json(bad)))
                    .extracting(SchemaViolation::problem)
                    .containsExactly(problem);
        }
    }

    @Test
    void everyViolationNamesItsPath() {
        SchemaCheck check = new SchemaCheck(json("""
                {'type':'object','properties':{
                  'items':{'type':'array','items':{'type':'object','properties':{'price':{'type':'number'}},'required':['name']}},
                  'map':{'type':'object','additionalProperties':{'type':'string'}}},
                 'additionalProperties':false}"""));
        List<SchemaViolation> found = check.check(json("""
                {'items':[{'name':'a'},{'price':'9'}],'map':{'my secret':1},'odd':2}"""));

        assertThat(found)
                .extracting(SchemaViolation::path)
                .containsExactly("$.items[1].name", "$.items[1].price", "$.map['my secret']", "$.odd");
        assertThat(found)
                .extracting(SchemaViolation::place)
                .containsExactly("$.items[1].name", "$.items[1].price", "$.map.*", "$.*");
        assertThat(found.toString()).doesNotContain("secret", "odd");
    }

    @Test
    void ofAlternativesTheOneThatIsMeantSaysWhatIsWrong() {
        SchemaCheck check = new SchemaCheck(json("""
                {'oneOf':[
                  {'type':'object','properties':{'type':{'const':'circle'},'radius':{'type':'number'}},'required':['type','radius']},
                  {'type':'object','properties':{'type':{'const':'square'},'side':{'type':'number'}},'required':['type','side']},
                  {'type':'null'}]}"""));

        assertThat(check.check(json("{'type':'circle','radius':1}"))).isEmpty();
        assertThat(check.check(json("null"))).isEmpty();
        assertThat(check.check(json("{'type':'square','radius':1}")))
                .extracting(SchemaViolation::path, SchemaViolation::problem)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("$.side", "is missing"));
        assertThat(check.check(json("{'type':'cube'}")))
                .extracting(SchemaViolation::path, SchemaViolation::problem)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("$.type", "must be one of [\"circle\", \"square\"]"));
        assertThat(check.check(json("{'side':1}")))
                .extracting(SchemaViolation::problem)
                .containsExactly("is missing; it must be one of [\"circle\", \"square\"]");
        assertThat(check.check(json("[]")))
                .extracting(SchemaViolation::problem)
                .containsExactly("fits none of the forms that are allowed here");
    }

    @Test
    void deeplyNestedAlternativesAreCheckedInNoTime() {
        SchemaCheck check = new SchemaCheck(json("""
                {'type':'object','properties':{'next':{'anyOf':[{'$ref':'#'},{'type':'null'}]}},'additionalProperties':false}"""));
        String value = "{'next':".repeat(300) + "1" + "}".repeat(300);
        assertThat(check.check(json(value))).hasSize(1);
    }

    @Test
    void aSchemaThatMultipliesItselfIsGivenUp() {
        String multiplied = "'anyOf':[{'allOf':[{'$ref':'#'}]},{'allOf':[{'$ref':'#'}]}]";
        assertThat(new SchemaCheck(json("{" + multiplied + "}")).check(json("1")))
                .isNotEmpty();
        SchemaCheck hidden = new SchemaCheck(json("{'not':{" + multiplied.replace("'#'", "'#/not'") + "}}"));
        assertThat(hidden.check(json("1")))
                .extracting(SchemaViolation::problem)
                .containsExactly("is nested too deeply to be checked");
    }

    @Test
    void aValueThatIsNestedHundredsOfTimesIsChecked() {
        SchemaCheck lists = new SchemaCheck(json("{'type':'array','items':{'$ref':'#'}}"));
        assertThat(lists.check(json("[".repeat(300) + "]".repeat(300)))).isEmpty();
        assertThat(lists.check(json("[".repeat(300) + "1" + "]".repeat(300))))
                .extracting(SchemaViolation::problem)
                .containsExactly("must be an array but is an integer");
    }

    @Test
    void aThreadWhoseStackIsTooSmallForAValueGivesItUp() throws Exception {
        SchemaCheck lists = new SchemaCheck(json("{'type':'array','items':{'$ref':'#'}}"));
        JsonNode value = json("[".repeat(790) + "]".repeat(790));
        CompletableFuture<List<SchemaViolation>> found = new CompletableFuture<>();
        Thread small = new Thread(
                null, () -> found.completeAsync(() -> lists.check(value), Runnable::run), "small", 160 << 10);
        small.start();
        assertThat(found.get(30, TimeUnit.SECONDS))
                .extracting(SchemaViolation::problem)
                .containsExactly("is nested too deeply to be checked");
    }

    @Test
    void atMostTwentyViolationsAreTold() {
        SchemaCheck check = new SchemaCheck(json("{'items':{'type':'string'}}"));
        assertThat(check.check(json("[" + "1,".repeat(99) + "1]"))).hasSize(20);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{'unevaluatedProperties':false}",
                "{'type':'text'}",
                "{'type':[]}",
                "{'properties':{'a':{'minimum':'1'}}}",
                "{'minLength':-1}",
                "{'multipleOf':0}",
                "{'pattern':'('}",
                "{'patternProperties':{'(':{}}}",
                "{'$ref':'https://example.com/schema'}",
                "{'$ref':'#/$defs/none'}",
                "{'$ref':'#/$defs/a','$defs':{'a':{'$ref':'#/$defs/a'}}}",
                "{'$ref':'#/default','default':{'type':'string'}}",
                "{'anyOf':[]}",
                "{'enum':[]}",
                "{'required':'a'}",
                "{'dependentRequired':[]}",
                "{'exclusiveMinimum':true}",
            })
    void aSchemaWhoseRulesCouldNotBeCheckedIsRefused(String schema) {
        assertThatThrownBy(() -> new SchemaCheck(json(schema)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the JSON schema cannot be used: #");
    }

    private static JsonNode json(String text) {
        try {
            return ShapeJson.mapper().readTree(text.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new AssertionError(text, e);
        }
    }
}
