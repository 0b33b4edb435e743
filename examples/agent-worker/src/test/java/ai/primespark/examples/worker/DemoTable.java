package ai.primespark.examples.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The table that the demonstration prints, read back, and what must hold of it. */
record DemoTable(List<Row> rows, String output) {

    private static final Pattern LINE = Pattern.compile(" *(\\d+\\.\\d{3})  (\\S*) +(\\S.*?)(?:  +(\\S+))?");
    private static final List<String> TASKS =
            List.of("any-1", "camera-1", "gpu-1", "any-2", "any-3", "gpu-2", "low", "urgent");

    record Row(double seconds, String task, String event, String agent) {}

    static DemoTable read(String output) {
        List<Row> rows = output.lines()
                .map(LINE::matcher)
                .filter(Matcher::matches)
                .map(line -> new Row(
                        Double.parseDouble(line.group(1)),
                        line.group(2),
                        line.group(3),
                        line.group(4) == null ? "" : line.group(4)))
                .toList();
        return new DemoTable(rows, output);
    }

    void check() {
        assertThat(output).contains("8 of 8 tasks succeeded; failures 0");
        assertThat(rows).extracting(Row::seconds).isSorted();
        for (String task : TASKS) {
            assertThat(of(task).filter(row -> row.event().equals("succeeded")))
                    .as("the one end of %s in\n%s", task, output)
                    .hasSize(1);
        }
        double killed = rows.stream()
                .filter(row -> row.event().equals("kill -9"))
                .findFirst()
                .orElseThrow()
                .seconds();
        List<Row> lost = rows.stream().filter(row -> row.event().equals("lost")).toList();
        assertThat(lost).as("what desk lost in\n%s", output).isNotEmpty().allSatisfy(row -> {
            assertThat(row.agent()).isEqualTo("desk");
            assertThat(row.seconds()).isGreaterThanOrEqualTo(killed);
            assertThat(of(row.task())
                            .filter(next -> next.seconds() >= row.seconds()
                                    && next.event().equals("started")))
                    .as("the failover of %s in\n%s", row.task(), output)
                    .isNotEmpty();
        });
        assertThat(rows.stream()
                        .filter(row -> row.seconds() > killed && row.event().equals("started")))
                .as("who began after the kill in\n%s", output)
                .allSatisfy(row -> assertThat(row.agent()).isIn("attic", "desk-2"));
        assertThat(List.of("gpu-1", "gpu-2"))
                .allSatisfy(task -> assertThat(
                                of(task).filter(row -> row.event().equals("succeeded"))
                                        .toList())
                        .allSatisfy(row -> assertThat(row.agent()).isIn("desk", "desk-2")));
        assertThat(of("camera-1").filter(row -> row.event().equals("succeeded")).toList())
                .allSatisfy(row -> assertThat(row.agent()).isEqualTo("attic"));
    }

    private java.util.stream.Stream<Row> of(String task) {
        return rows.stream().filter(row -> row.task().equals(task));
    }
}
