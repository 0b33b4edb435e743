package ai.primespark.benchmarks.server;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/** A thread a connection, one request at a time on each. Takes more of the machine than wrk does, so its numbers are lower. */
final class SocketLoad implements Load {

    private static final int BUCKETS = 2_000;
    private static final double GROWTH = 1.01;
    private static final double FIRST_MICROS = 10;

    private final AtomicLongArray buckets = new AtomicLongArray(BUCKETS);
    private final AtomicLong errors = new AtomicLong();

    @Override
    public String name() {
        return "a generator of our own, because wrk is not installed";
    }

    @Override
    public Result run(int port, Call call, int connections, Duration time) throws InterruptedException {
        for (int i = 0; i < BUCKETS; i++) {
            buckets.set(i, 0);
        }
        errors.set(0);
        byte[] request = request(call);
        long begin = System.nanoTime();
        long end = begin + time.toNanos();
        List<Thread> threads = new ArrayList<>();
        CountDownLatch ready = new CountDownLatch(1);
        for (int i = 0; i < connections; i++) {
            Thread thread = new Thread(null, () -> connection(port, request, end, ready), "load-" + i, 128 << 10);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        ready.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        long all = 0;
        for (int i = 0; i < BUCKETS; i++) {
            all += buckets.get(i);
        }
        return new Result(all / seconds, percentile(all, 0.5), percentile(all, 0.99), errors.get());
    }

    private static byte[] request(Call call) {
        StringBuilder head = new StringBuilder(call.method() + " " + call.path() + " HTTP/1.1\r\nHost: 127.0.0.1\r\n");
        call.headers()
                .forEach((name, value) ->
                        head.append(name).append(": ").append(value).append("\r\n"));
        byte[] body = call.body().getBytes(StandardCharsets.UTF_8);
        if (body.length > 0) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        return (head + "\r\n" + call.body()).getBytes(StandardCharsets.UTF_8);
    }

    private void connection(int port, byte[] request, long end, CountDownLatch ready) {
        try {
            ready.await();
            while (System.nanoTime() < end) {
                requests(port, request, end);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void requests(int port, byte[] request, long end) {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(10_000);
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream(), 16 << 10);
            while (System.nanoTime() < end) {
                long start = System.nanoTime();
                socket.getOutputStream().write(request);
                if (!isGood(in)) {
                    errors.incrementAndGet();
                }
                count(System.nanoTime() - start);
            }
        } catch (IOException e) {
            errors.incrementAndGet();
        }
    }

    /** Reads an answer to its end. */
    private static boolean isGood(InputStream in) throws IOException {
        String status = line(in);
        long length = 0;
        boolean chunked = false;
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            String header = line.toLowerCase(Locale.ROOT);
            if (header.startsWith("content-length:")) {
                length = Long.parseLong(header.substring(15).strip());
            }
            chunked |= header.startsWith("transfer-encoding:") && header.contains("chunked");
        }
        if (!chunked) {
            in.skipNBytes(length);
        } else {
            long size = 1;
            while (size > 0) {
                size = Long.parseLong(line(in).split(";", 2)[0].strip(), 16);
                in.skipNBytes(size);
                line(in);
            }
        }
        return status.startsWith("HTTP/1.1 2");
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new IOException("the connection was closed");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    /** Each bucket is a hundredth wider than the one before. */
    private void count(long nanos) {
        double micros = Math.max(FIRST_MICROS, nanos / 1e3);
        int bucket = (int) (Math.log(micros / FIRST_MICROS) / Math.log(GROWTH));
        buckets.incrementAndGet(Math.min(BUCKETS - 1, bucket));
    }

    private double percentile(long all, double rank) {
        long wanted = (long) Math.ceil(all * rank);
        long seen = 0;
        for (int i = 0; i < BUCKETS; i++) {
            seen += buckets.get(i);
            if (seen >= wanted && seen > 0) {
                return FIRST_MICROS * Math.pow(GROWTH, i + 1) / 1e3;
            }
        }
        return Double.NaN;
    }
}
