package ai.primespark.memory.redis;

import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.output.CommandOutput;
import io.lettuce.core.output.IntegerOutput;
import io.lettuce.core.output.KeyScanOutput;
import io.lettuce.core.output.ValueOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;

/** Commands in bytes, made by hand so that many of them go out in one flush, on a single server and on a cluster alike. */
final class Commands {

    static final RedisCodec<byte[], byte[]> CODEC = ByteArrayCodec.INSTANCE;

    private Commands() {}

    static AsyncCommand<byte[], byte[], byte[]> get(byte[] key) {
        return bytes(CommandType.GET, args().addKey(key));
    }

    /** The beginning of a value. */
    static AsyncCommand<byte[], byte[], byte[]> head(byte[] key, int length) {
        return bytes(CommandType.GETRANGE, args().addKey(key).add(0).add(length - 1L));
    }

    static AsyncCommand<byte[], byte[], byte[]> setIfAbsent(byte[] key, byte[] value) {
        return bytes(CommandType.SET, args().addKey(key).addValue(value).add("NX"));
    }

    static AsyncCommand<byte[], byte[], byte[]> ping() {
        return bytes(CommandType.PING, args());
    }

    static AsyncCommand<byte[], byte[], byte[]> info() {
        return bytes(CommandType.INFO, args());
    }

    /**
     * Asks for news of the keys that the connection reads. Not of its own changes: the engine knows of these, and after them the
     * scripts read the key once more, because the server forgets who is interested when a key changes.
     */
    static AsyncCommand<byte[], byte[], byte[]> track() {
        return bytes(CommandType.CLIENT, args().add("TRACKING").add("ON").add("NOLOOP"));
    }

    static AsyncCommand<byte[], byte[], KeyScanCursor<byte[]>> scan(String cursor, byte[] pattern, int count) {
        return command(
                CommandType.SCAN,
                new KeyScanOutput<>(CODEC),
                args().add(cursor).add("MATCH").add(pattern).add("COUNT").add(count));
    }

    /** A script by its digest; the server says NOSCRIPT when it does not know it. */
    static AsyncCommand<byte[], byte[], byte[]> evalSha(Scripts script, byte[][] keys, byte[]... args) {
        return bytes(CommandType.EVALSHA, script(script.sha, keys, args));
    }

    /** A script with its source; the server keeps it. */
    static AsyncCommand<byte[], byte[], byte[]> eval(Scripts script, byte[][] keys, byte[]... args) {
        return bytes(CommandType.EVAL, script(script.source, keys, args));
    }

    static AsyncCommand<byte[], byte[], Long> evalShaCount(Scripts script, byte[][] keys, byte[]... args) {
        return command(CommandType.EVALSHA, new IntegerOutput<>(CODEC), script(script.sha, keys, args));
    }

    static AsyncCommand<byte[], byte[], Long> evalCount(Scripts script, byte[][] keys, byte[]... args) {
        return command(CommandType.EVAL, new IntegerOutput<>(CODEC), script(script.source, keys, args));
    }

    private static CommandArgs<byte[], byte[]> script(byte[] script, byte[][] keys, byte[]... args) {
        CommandArgs<byte[], byte[]> all = args().add(script).add(keys.length);
        for (byte[] key : keys) {
            all.addKey(key);
        }
        for (byte[] arg : args) {
            all.addValue(arg);
        }
        return all;
    }

    private static CommandArgs<byte[], byte[]> args() {
        return new CommandArgs<>(CODEC);
    }

    private static AsyncCommand<byte[], byte[], byte[]> bytes(CommandType type, CommandArgs<byte[], byte[]> args) {
        return command(type, new ValueOutput<>(CODEC), args);
    }

    private static <T> AsyncCommand<byte[], byte[], T> command(
            CommandType type, CommandOutput<byte[], byte[], T> output, CommandArgs<byte[], byte[]> args) {
        return new AsyncCommand<>(new Command<>(type, output, args));
    }
}
