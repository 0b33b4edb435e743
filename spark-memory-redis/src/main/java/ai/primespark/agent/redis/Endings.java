package ai.primespark.agent.redis;

import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Sends outcomes of attempts together: those that come while an answer is awaited go out in one script when it is there. A lone one
 * is sent at once. Thread-safe.
 */
final class Endings {

    private static final int MOST = 128;
    private static final int MOST_BYTES = 1 << 20;
    private static final int UNDER_WAY = 2;
    private static final int LONGEST_ERROR = 1_000;

    private final QueueLink link;
    private final ConcurrentLinkedQueue<Waiting> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger underWay = new AtomicInteger();

    private record Waiting(TaskQueue.Ending ending, CompletableFuture<Boolean> accepted) {}

    Endings(QueueLink link) {
        this.link = link;
    }

    /** Hands endings in; those that fail for lack of a connection can be handed in again. */
    List<CompletableFuture<Boolean>> add(List<TaskQueue.Ending> endings) {
        List<CompletableFuture<Boolean>> answers = new ArrayList<>(endings.size());
        for (TaskQueue.Ending ending : endings) {
            CompletableFuture<Boolean> accepted = new CompletableFuture<>();
            answers.add(accepted);
            waiting.add(new Waiting(ending, accepted));
        }
        sendMore();
        return answers;
    }

    private void sendMore() {
        while (!waiting.isEmpty()) {
            int now = underWay.get();
            if (now >= UNDER_WAY) {
                return; // who is under way looks again
            }
            if (underWay.compareAndSet(now, now + 1)) {
                sendSome();
            }
        }
    }

    private void sendSome() {
        List<Waiting> batch = new ArrayList<>();
        Args args = new Args();
        int bytes = 0;
        while (batch.size() < MOST && bytes < MOST_BYTES) {
            Waiting each = waiting.poll();
            if (each == null) {
                break;
            }
            batch.add(each);
            bytes += write(args, each.ending());
        }
        if (batch.isEmpty()) {
            underWay.decrementAndGet();
            return;
        }
        var unused = link.send(QueueScript.COMPLETE, args).whenComplete((answers, failure) -> {
            underWay.decrementAndGet();
            sendMore();
            for (int i = 0; i < batch.size(); i++) {
                if (failure == null) {
                    batch.get(i).accepted().complete(Args.toLong(answers.get(i)) == 1);
                } else {
                    batch.get(i).accepted().completeExceptionally(failure);
                }
            }
        });
    }

    private static int write(Args args, TaskQueue.Ending ending) {
        TaskCompletion outcome = ending.completion();
        args.text(ending.lease().taskId())
                .text(ending.lease().agentId())
                .number(ending.lease().fence());
        if (outcome instanceof TaskCompletion.Success success) {
            return end(args, "S", "", success.result(), success.result() == null ? "" : "1");
        }
        if (outcome instanceof TaskCompletion.Failure failure) {
            String error = shorten(failure.error());
            return failure.retryIn() == null
                    ? end(args, "D", error, Args.bytes(error), "")
                    : end(args, "F", error, Args.bytes(error), Long.toString(Args.toMicros(failure.retryIn())));
        }
        if (outcome instanceof TaskCompletion.Release release) {
            return end(
                    args, "R", release.reason().name(), release.checkpoint(), release.checkpoint() == null ? "" : "1");
        }
        TaskCompletion.Stopped stopped = (TaskCompletion.Stopped) outcome;
        boolean expired = stopped.reason() == ai.primespark.agent.CancelReason.DEADLINE;
        return end(args, expired ? "E" : "C", stopped.reason().name(), null, "");
    }

    /** The digest tells the same outcome from another one; of a release it is its reason, which is shown. */
    private static int end(Args args, String kind, String words, byte @Nullable [] bytes, String extra) {
        byte[] body = bytes == null ? new byte[0] : bytes;
        String digest = kind.equals("R")
                ? words
                : kind + Envelopes.digest(Args.bytes(words), body).substring(0, 12);
        args.text(kind).text(digest).raw(body).text(extra);
        return body.length + 128;
    }

    static String shorten(String error) {
        if (error.length() <= LONGEST_ERROR) {
            return error;
        }
        int end = LONGEST_ERROR - 1;
        return error.substring(0, Character.isHighSurrogate(error.charAt(end - 1)) ? end - 1 : end) + "…";
    }
}
