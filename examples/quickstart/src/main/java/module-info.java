/** The quickstart as a module: it names the API only; the engine and the plugins are bound as services at run time. */
module ai.primespark.examples.quickstart {
    requires ai.primespark.api;
    requires static org.jspecify;

    opens ai.primespark.examples.quickstart; // for the JSON codec, which reads the record that is remembered
}
