package ai.primespark.benchmarks.llm;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A library in one of its ways.
 *
 * @param library which
 * @param label for a table of that way
 * @param streaming whether the answer comes in pieces
 * @param opener sets it up
 */
record Contender(String library, String label, boolean streaming, Function<Client.Place, Client> opener) {

    /** All of them, ours first. */
    static List<Contender> all(boolean streaming) {
        List<Contender> all = new ArrayList<>();
        all.add(new Contender("Prime Spark", "Prime Spark", true, place -> new SparkClient(place, true)));
        all.add(new Contender("Prime Spark", "Prime Spark", false, place -> new SparkClient(place, false)));
        all.addAll(LangChainClient.contenders());
        all.addAll(SpringClient.contenders());
        all.add(new Contender("ollama4j", "ollama4j", true, place -> new Ollama4jClient(place, true)));
        all.add(new Contender("ollama4j", "ollama4j", false, place -> new Ollama4jClient(place, false)));
        return all.stream()
                .filter(contender -> contender.streaming() == streaming)
                .toList();
    }

    Client open(Client.Place place) {
        return opener.apply(place);
    }
}
