package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.primespark.PrimeSpark;
import ai.primespark.Secret;
import ai.primespark.SparkConfig;
import ai.primespark.auth.Auth;
import ai.primespark.auth.Users;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first account, when two servers with one user store start at once. */
class AccountsTest {

    private static final Map<String, String> NAMED = Map.of("ADMIN_PASSWORD", "a sentence of her own");

    @TempDir
    Path directory;

    @Test
    void theServerThatIsSecondTellsToLogIn() throws Exception {
        try (PrimeSpark spark = open()) {
            Users users = spark.auth().users();
            Auth raced = quicker(
                    spark.auth(), () -> users.create("admin", Secret.of("a sentence of her own"), Set.of("admin")));

            assertThat(Accounts.first(raced, new Variables(NAMED))).isEqualTo("log in with POST /api/auth/login");
            assertThat(users.list(null, 10)).hasSize(1);
        }
    }

    @Test
    void anyOtherRefusalStillStopsTheStart() {
        try (PrimeSpark spark = open()) {
            assertThatExceptionOfType(StartupException.class)
                    .isThrownBy(() -> Accounts.first(spark.auth(), new Variables(Map.of("ADMIN_PASSWORD", "short"))))
                    .withMessageStartingWith("cannot make the first account 'admin': ");
        }
    }

    private PrimeSpark open() {
        return PrimeSpark.builder()
                .config(SparkConfig.empty().with("primespark.data-dir", directory))
                .build();
    }

    /** The real accounts; just after they were found to be none, another server makes one. */
    private static Auth quicker(Auth real, Runnable other) {
        Users users = around(Users.class, real.users(), "list", other);
        return (Auth) Proxy.newProxyInstance(
                AccountsTest.class.getClassLoader(),
                new Class<?>[] {Auth.class},
                (proxy, method, args) ->
                        method.getName().equals("users") ? users : call(() -> method.invoke(real, args)));
    }

    private static <T> T around(Class<T> type, T real, String after, Runnable happens) {
        InvocationHandler handler = (proxy, method, args) -> {
            Object answer = call(() -> method.invoke(real, args));
            if (method.getName().equals(after)) {
                happens.run();
            }
            return answer;
        };
        return type.cast(Proxy.newProxyInstance(AccountsTest.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private interface Call {
        Object made() throws ReflectiveOperationException;
    }

    private static Object call(Call call) throws Throwable {
        try {
            return call.made();
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
