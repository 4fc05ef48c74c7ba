package io.narthex.api.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import com.fasterxml.jackson.annotation.JsonValue;
import io.narthex.api.http.HttpClientConfig.BasicAuth;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SecretTest {
  private static final Secret SECRET = Secret.of("hunter2");

  @Test
  void printsNothingOfItsValueWhereverItStands() {
    assertThat(SECRET).hasToString("<secret>");
    assertThat(List.of(SECRET).toString()).isEqualTo("[<secret>]");
    assertThat(Map.of("k", SECRET).toString()).isEqualTo("{k=<secret>}");
    assertThat(new BasicAuth("u", "", SECRET, "").toString()).doesNotContain("hunter2");
    assertThat(String.format("%s", SECRET)).isEqualTo("<secret>");
  }

  @Test
  void isEmptyTextWhenItIsEmpty() {
    assertThat(Secret.of("")).hasToString("");
    assertThat(Secret.of("").isEmpty()).isTrue();
    assertThat(SECRET.isEmpty()).isFalse();
  }

  @Test
  void givesItsValueOnlyToWhomAsksForIt() {
    assertThat(SECRET.reveal()).isEqualTo("hunter2");
    assertThatNullPointerException().isThrownBy(() -> Secret.of(null));
  }

  @Test
  void isWrittenToJsonAsItPrints() throws Exception {
    List<Method> values =
        Arrays.stream(Secret.class.getDeclaredMethods())
            .filter(m -> m.isAnnotationPresent(JsonValue.class))
            .toList();

    assertThat(values).hasSize(1);
    assertThat(values.get(0).invoke(SECRET)).isEqualTo("<secret>");
  }

  @Test
  void isReachedByNoWriterThroughFieldsOrGetters() {
    assertThat(Secret.class.isRecord()).isFalse();
    for (Field field : Secret.class.getDeclaredFields()) {
      assertThat(Modifier.isPrivate(field.getModifiers())).as(field.getName()).isTrue();
    }
    assertThat(Arrays.stream(Secret.class.getMethods()).map(Method::getName))
        .doesNotContain("getValue", "value");
  }

  @Test
  void isEqualByValueAndTellsNothingByItsHash() {
    assertThat(SECRET).isEqualTo(Secret.of("hunter2")).isNotEqualTo(Secret.of("hunter3"));
    assertThat(SECRET).isNotEqualTo("hunter2");
    assertThat(SECRET.hashCode()).isEqualTo(Secret.of("other").hashCode());
  }
}
