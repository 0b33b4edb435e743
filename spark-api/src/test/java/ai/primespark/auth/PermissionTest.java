package ai.primespark.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.primespark.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PermissionTest {

    private final AuthPrincipal user =
            new AuthPrincipal("ann", Set.of("user"), Role.USER.permissions(), "s1", Instant.EPOCH);

    @Test
    void aStarImpliesAllAndNothingImpliesAStarButAStar() {
        Permission write = Permission.parse("memory:write");
        assertThat(Permission.ALL.implies(write)).isTrue();
        assertThat(Permission.parse("memory:*").implies(write)).isTrue();
        assertThat(Permission.parse("*:write").implies(write)).isTrue();
        assertThat(Permission.parse("*:read").implies(write)).isFalse();
        assertThat(Permission.parse("tasks:*").implies(write)).isFalse();
        assertThat(write.implies(Permission.parse("memory:*"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "memory", ":", "memory:", ":write", "memory:write:x", "Memory:write", "mem*:write"})
    void anythingElseIsNoPermission(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Permission.parse(text));
    }

    @Test
    void aUserMayUseAndNotAdminister() {
        user.require(Permission.parse("llm:write"));
        assertThat(user.may(Permission.parse("users:admin"))).isFalse();
        assertThatExceptionOfType(PermissionDeniedException.class)
                .isThrownBy(() -> user.require(Permission.parse("users:admin")))
                .withMessageContaining("ann")
                .withMessageContaining("users:admin");
    }

    @Test
    void tokensNeverPrint() {
        assertThat(new Tokens(Secret.of("acc3ss"), Duration.ofMinutes(5), Secret.of("r3fresh"), user))
                .asString()
                .doesNotContain("acc3ss")
                .doesNotContain("r3fresh");
    }
}
