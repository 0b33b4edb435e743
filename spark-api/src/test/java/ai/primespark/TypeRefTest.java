package ai.primespark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.reflect.ParameterizedType;
import java.util.List;
import org.junit.jupiter.api.Test;

class TypeRefTest {

    @Test
    void carriesItsTypeArgument() {
        TypeRef<List<String>> ref = new TypeRef<>() {};

        assertThat(ref.type()).isInstanceOfSatisfying(ParameterizedType.class, type -> {
            assertThat(type.getRawType()).isEqualTo(List.class);
            assertThat(type.getActualTypeArguments()).containsExactly(String.class);
        });
        assertThat(ref).hasToString("TypeRef<java.util.List<java.lang.String>>");
        assertThat(new TypeRef<String>() {}.type()).isEqualTo(String.class);
    }

    @Test
    @SuppressWarnings("rawtypes")
    void refusesToBeRaw() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TypeRef() {})
                .withMessageContaining("new TypeRef<List<String>>() {}");
    }
}
