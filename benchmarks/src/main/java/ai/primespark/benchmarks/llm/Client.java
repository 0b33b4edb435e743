package ai.primespark.benchmarks.llm;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One way of asking through one library, set up for one place as well as the library's documentation allows. */
interface Client extends AutoCloseable {

    /**
     * Starts asking, without waiting for the answer. What the library tells is passed on as it is, nothing is added: a library
     * that never tells how a call ended leaves the listener waiting.
     *
     * @param listener called from any thread
     * @return the means to stop it
     */
    Asked ask(Question question, Listener listener);

    /**
     * Asks and waits, on the caller's thread as far as the library lets it.
     *
     * @param pieces gets the answer as it arrives, from any thread; nothing when the client does not stream
     */
    default Answer await(Question question, Consumer<String> pieces) throws Exception {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        Asked unused = ask(question, new Listener() {

            @Override
            public void piece(String text) {
                pieces.accept(text);
            }

            @Override
            public void answered(Answer given) {
                answer.complete(given);
            }

            @Override
            public void failed(Throwable failure) {
                answer.completeExceptionally(failure);
            }
        });
        return answer.get();
    }

    @Override
    void close();

    /**
     * Where to ask, and how long things may take.
     *
     * @param first the server
     * @param second asked when the first cannot answer; null when there is none
     * @param patience for connecting, the headers and each silence, as far as the library can be told
     * @param total for the whole answer, as far as the library can be told
     * @param outputChars where to cut the answer, as far as the library can be told
     */
    record Place(URI first, @Nullable URI second, Duration patience, Duration total, int outputChars) {}

    /**
     * What to ask.
     *
     * @param model its name
     * @param prompt the question
     * @param withTool whether the tool {@code clock} is offered
     */
    record Question(String model, String prompt, boolean withTool) {}

    /**
     * What came back.
     *
     * @param text the whole of it
     * @param finish why it ended, in small letters; empty when the library does not say
     * @param tools the names of the tools that are to be called
     */
    record Answer(String text, String finish, List<String> tools) {}

    /** Hears what a library tells. */
    interface Listener {

        /** A piece of the answer, as it arrives. */
        void piece(String text);

        /** The whole answer, which the library takes for complete. */
        void answered(Answer answer);

        /** The failure, as the library gives it. */
        void failed(Throwable failure);
    }

    /** A call under way. */
    @FunctionalInterface
    interface Asked {

        /**
         * Stops the call in the way that the library documents.
         *
         * @return false when the library has no way to do that now
         */
        boolean cancel();
    }

    /** What waits for an answer. */
    @FunctionalInterface
    interface Waiting {

        Answer await() throws Exception;
    }

    /** Asks on a thread of its own, for libraries that wait on the caller's. To stop such a call, its thread is interrupted. */
    static Asked onThread(Listener listener, Waiting waiting) {
        Thread thread = new Thread(
                () -> {
                    Answer answer;
                    try {
                        answer = waiting.await();
                    } catch (Throwable e) { // whatever it is, the table shows it
                        listener.failed(e);
                        return;
                    }
                    listener.answered(answer);
                },
                "asking");
        thread.setDaemon(true);
        thread.start();
        return () -> {
            thread.interrupt();
            return true;
        };
    }
}
