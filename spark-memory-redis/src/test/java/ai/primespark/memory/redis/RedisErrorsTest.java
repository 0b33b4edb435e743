package ai.primespark.memory.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionException;
import org.junit.jupiter.api.Test;

class RedisErrorsTest {

    private final Throwable closed = new RedisConnectionException("Connection closed prematurely");
    private final Throwable refused = new RedisConnectionException(
            "cannot connect", new RedisCommandExecutionException("WRONGPASS no such user"));

    @Test
    void ofTwoConnectionsTheOneThatWasRefusedSaysWhy() {
        assertThat(RedisErrors.moreTelling(closed, refused)).isSameAs(refused);
        assertThat(RedisErrors.moreTelling(refused, closed)).isSameAs(refused);
        assertThat(RedisErrors.moreTelling(closed, null)).isSameAs(closed);
        assertThat(RedisErrors.moreTelling(null, closed)).isSameAs(closed);
        assertThat(RedisErrors.moreTelling(null, null)).isNull();
    }
}
