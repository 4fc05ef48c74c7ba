package io.narthex.api.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DefaultsTest {
  enum Colour {
    RED,
    DARK_BLUE {
      @Override
      public String toString() {
        return "dark-blue";
      }
    }
  }

  record Plain(
      String text,
      boolean yes,
      int small,
      long big,
      double real,
      Duration time,
      ByteSize size,
      Secret secret,
      List<String> list,
      Map<String, String> map,
      Colour colour,
      Inner inner,
      @Nullable String none,
      @Nullable Integer number) {}

  record Inner(@Default("7") int seven) {}

  record Given(
      @Default("a b") String text,
      @Default("true") boolean yes,
      @Default("-3") int small,
      @Default("9000000000") long big,
      @Default("0.5") double real,
      @Default("1h30m") Duration time,
      @Default("512MB") ByteSize size,
      @Default("s") Secret secret,
      @Default({"a", "b"}) List<String> list,
      @Default({}) List<String> empty,
      @Default({"1s", "1m"}) List<Duration> times,
      @Default("dark-blue") Colour colour) {}

  record Required(String name) {
    Required {
      if (name.isEmpty()) {
        throw new IllegalArgumentException("name is required");
      }
    }
  }

  record Unknown(StringBuilder what) {}

  record TwoForOne(@Default({"a", "b"}) String text) {}

  @Test
  void givesEachTypeItsEmptyValue() {
    assertThat(Defaults.of(Plain.class))
        .isEqualTo(
            new Plain(
                "",
                false,
                0,
                0,
                0,
                Duration.ZERO,
                new ByteSize(0),
                Secret.of(""),
                List.of(),
                Map.of(),
                Colour.RED,
                new Inner(7),
                null,
                null));
  }

  @Test
  void readsWhatIsGivenAsWrittenInTheFile() {
    assertThat(Defaults.of(Given.class))
        .isEqualTo(
            new Given(
                "a b",
                true,
                -3,
                9_000_000_000L,
                0.5,
                Duration.ofMinutes(90),
                new ByteSize(512L << 20),
                Secret.of("s"),
                List.of("a", "b"),
                List.of(),
                List.of(Duration.ofSeconds(1), Duration.ofMinutes(1)),
                Colour.DARK_BLUE));
  }

  @Test
  void replacesTheComponentsThatAreNamed() {
    assertThat(Defaults.with(Inner.class, Map.of("seven", 8))).isEqualTo(new Inner(8));
    Plain plain = Defaults.with(Plain.class, Map.of("text", "x", "inner", new Inner(1)));

    assertThat(plain.text()).isEqualTo("x");
    assertThat(plain.inner().seven()).isEqualTo(1);
    assertThat(plain.colour()).isEqualTo(Colour.RED);
  }

  @Test
  void refusesAComponentThatDoesNotExist() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Defaults.with(Inner.class, Map.of("eight", 8)))
        .withMessage("cannot make Inner: some of [eight] are no components");
  }

  @Test
  void passesOnTheRecordsOwnRefusal() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Defaults.of(Required.class))
        .withMessage("name is required");
    assertThat(Defaults.with(Required.class, Map.of("name", "x"))).isEqualTo(new Required("x"));
  }

  @Test
  void saysWhatIsWrongWithARecordThatCannotBeMade() {
    assertThatIllegalStateException()
        .isThrownBy(() -> Defaults.of(Unknown.class))
        .withMessageContaining("StringBuilder has no empty value: use @Default or @Nullable");
    assertThatIllegalStateException()
        .isThrownBy(() -> Defaults.of(TwoForOne.class))
        .withMessageContaining("want one @Default value");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Defaults.of(String.class))
        .withMessage("cannot make defaults: class java.lang.String is no record");
  }

  @Test
  void readsScalars() {
    assertThat(Defaults.scalar(String.class, " a ")).isEqualTo(" a ");
    assertThat(Defaults.scalar(boolean.class, "true")).isEqualTo(true);
    assertThat(Defaults.scalar(Boolean.class, "false")).isEqualTo(false);
    assertThat(Defaults.scalar(int.class, "-7")).isEqualTo(-7);
    assertThat(Defaults.scalar(Integer.class, "7")).isEqualTo(7);
    assertThat(Defaults.scalar(long.class, "9223372036854775807")).isEqualTo(Long.MAX_VALUE);
    assertThat(Defaults.scalar(Long.class, "0")).isEqualTo(0L);
    assertThat(Defaults.scalar(double.class, "-1.5e3")).isEqualTo(-1500.0);
    assertThat(Defaults.scalar(Double.class, ".5")).isEqualTo(0.5);
    assertThat(Defaults.scalar(Double.class, "3")).isEqualTo(3.0);
    assertThat(Defaults.scalar(Duration.class, "1m")).isEqualTo(Duration.ofMinutes(1));
    assertThat(Defaults.scalar(ByteSize.class, "1KB")).isEqualTo(new ByteSize(1024));
    assertThat(Defaults.scalar(Secret.class, "x")).isEqualTo(Secret.of("x"));
    assertThat(Defaults.scalar(Colour.class, "red")).isEqualTo(Colour.RED);
    assertThat(Defaults.scalar(Colour.class, "dark-blue")).isEqualTo(Colour.DARK_BLUE);
  }

  @Test
  void saysWhatAScalarWouldHaveToBe() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Defaults.scalar(boolean.class, "yes"))
        .withMessage("got \"yes\", want true or false");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Defaults.scalar(Colour.class, "DARK_BLUE"))
        .withMessage("got \"DARK_BLUE\", want one of red, dark-blue");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Defaults.scalar(int.class, "3000000000"))
        .withMessage("got \"3000000000\", want a number");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Defaults.scalar(Duration.class, "soon"))
        .withMessage("not a valid duration string: \"soon\"");
    assertThatIllegalStateException()
        .isThrownBy(() -> Defaults.scalar(List.class, "x"))
        .withMessage("type interface java.util.List is no scalar");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "x", "1f", "1d", " 1", "1 ", "0x1p3", "1e", "1.2.3", "--1", "NaN", "٣"})
  void refusesWhatOnlyJavaTakesForANumber(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Defaults.scalar(double.class, text))
        .withMessage("got \"" + text + "\", want a number");
  }

  @Test
  void listsThatAreDefaultsCannotBeChanged() {
    List<String> list = Defaults.of(Given.class).list();

    assertThat(list).isUnmodifiable();
    assertThat(Arrays.asList(list.toArray())).containsExactly("a", "b");
  }
}
