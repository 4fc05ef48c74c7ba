package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.web.FakeRequest;
import java.util.Random;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParametersTest {
  /** What Prometheus makes of the same texts. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 | 0",
        "1435781451.781 | 1435781451781",
        "1435781451.7814 | 1435781451781",
        "1435781451.7815 | 1435781451782",
        "0.57 | 570",
        "0.0005 | 1",
        "-0.0005 | -1",
        "1.0005 | 1000",
        "1.0015 | 1002",
        "-1.5 | -1500",
        "1e3 | 1000000",
        ".5 | 500",
        "5. | 5000",
        "+5 | 5000",
        "2015-07-01T20:10:51.781Z | 1435781451781",
        "2015-07-01T20:10:51,781Z | 1435781451781",
        "2015-07-01T20:10:51.78199Z | 1435781451781",
        "2015-07-01T20:10:51.781999999999Z | 1435781451781",
        "2015-07-01T20:10:51Z | 1435781451000",
        "2015-07-01T22:10:51.781+02:00 | 1435781451781"
      })
  void readsTimes(String text, long millis) throws Exception {
    assertThat(of("time", text).time("time", 7)).isEqualTo(millis);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "foo",
        "2015-07-01",
        "2015-07-01T20:10Z",
        "2015-07-01t20:10:51z",
        "2015-07-01T20:10:51+02",
        "2015-07-01T20:61:51Z",
        "2015-13-01T20:10:51Z",
        " 5",
        "1d",
        "0x10",
        "\u0661",
        "1e400",
        "1e999999999",
        "NaN",
        "99999999999999999999"
      })
  void refusesOtherTimes(String text) throws Exception {
    Parameters parameters = of("time", text);
    assertThatThrownBy(() -> parameters.time("time"))
        .hasMessage(
            "invalid parameter \"time\": cannot parse \"" + text + "\" to a valid timestamp");
    assertThatThrownBy(() -> parameters.time("time", 7))
        .hasMessage(
            "invalid parameter \"time\": invalid time value for 'time': cannot parse \""
                + text
                + "\" to a valid timestamp");
  }

  @Test
  void refusesAMissingTimeThatIsNeeded() throws Exception {
    Parameters parameters = of("x", "1");
    assertThatThrownBy(() -> parameters.time("start"))
        .hasMessage("invalid parameter \"start\": cannot parse \"\" to a valid timestamp");
    assertThat(parameters.time("start", 5)).isEqualTo(5);
  }

  @Test
  void readsTheEndsOfTime() throws Exception {
    assertThat(of("t", "-292273086-05-16T16:47:06Z").time("t")).isEqualTo(Parameters.MIN_TIME);
    assertThat(of("t", "292277025-08-18T07:12:54.999999999Z").time("t"))
        .isEqualTo(Parameters.MAX_TIME);
  }

  @ParameterizedTest
  @CsvSource({"15, 15000", "0.5, 500", "1m30s, 90000", "1h, 3600000", "-3, -3000"})
  void readsDurations(String text, long millis) throws Exception {
    assertThat(of("step", text).duration("step")).isEqualTo(millis);
  }

  @ParameterizedTest
  @CsvSource({
    "foo, cannot parse \"foo\" to a valid duration",
    "'', cannot parse \"\" to a valid duration",
    "-5m, cannot parse \"-5m\" to a valid duration",
    "1d2x, cannot parse \"1d2x\" to a valid duration",
    "1e400, cannot parse \"1e400\" to a valid duration",
    "1e300, cannot parse \"1e300\" to a valid duration. It overflows int64"
  })
  void refusesOtherDurations(String text, String message) throws Exception {
    Parameters parameters = of("step", text);
    assertThatThrownBy(() -> parameters.duration("step"))
        .hasMessage("invalid parameter \"step\": " + message);
  }

  @Test
  void readsLimits() throws Exception {
    assertThat(of("limit", "3").limit()).isEqualTo(3);
    assertThat(of("x", "3").limit()).isZero();
    Parameters negative = of("limit", "-1");
    assertThatThrownBy(negative::limit)
        .hasMessage("invalid parameter \"limit\": limit must be non-negative");
    Parameters word = of("limit", "many");
    assertThatThrownBy(word::limit)
        .hasMessage("invalid parameter \"limit\": strconv.Atoi: parsing \"many\": invalid syntax");
    Parameters huge = of("limit", "9999999999999999999");
    assertThatThrownBy(huge::limit)
        .hasMessage(
            "invalid parameter \"limit\": strconv.Atoi: parsing \"9999999999999999999\": value out"
                + " of range");
    assertThat(of("limit", "9223372036854775807").limit()).isEqualTo(Integer.MAX_VALUE);
  }

  @ParameterizedTest
  @CsvSource({
    "job, job",
    "U__my_2e_label, my.label",
    "U__a__b, a_b",
    "U__broken_2e, U__broken_2e",
    "U__x_zz_, U__x_zz_",
    "U__x_+1f_, U__x_+1f_",
    "U__x_d800_, U__x_d800_",
    "U___10FFFF_, U___10FFFF_",
    "U___1F600_, \ud83d\ude00"
  })
  void unescapesLabelNames(String text, String name) {
    assertThat(LabelEscaping.unescape(text)).isEqualTo(name);
  }

  /** Whatever a client sends is read or refused, at once and in no other way. */
  @Test
  void readsOrRefusesAnything() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String alphabet = "0123456789.,-+eETZ:_ xmshdwy\u0663\ud800";
    for (int i = 0; i < 50_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(14); n > 0; n--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      Parameters parameters = of("p", text.toString());
      String what = "seed " + seed + ", text " + text;
      assertThat(orRefusal(() -> parameters.time("p"))).as(what).isTrue();
      assertThat(orRefusal(() -> parameters.duration("p"))).as(what).isTrue();
    }
  }

  private static boolean orRefusal(Callable<Long> read) throws Exception {
    try {
      read.call();
      return true;
    } catch (ApiException e) {
      return e.type() == ApiException.Type.BAD_DATA;
    }
  }

  @Test
  void unescapesWhatIsEscaped() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 10_000; i++) {
      StringBuilder name = new StringBuilder();
      StringBuilder escaped = new StringBuilder("U__");
      for (int n = random.nextInt(8); n > 0; n--) {
        int c =
            random.nextBoolean() ? "az_09.-/".charAt(random.nextInt(8)) : random.nextInt(0xd800);
        name.appendCodePoint(c);
        if (c == '_') {
          escaped.append("__");
        } else if (c < 0x80 && Character.isLetterOrDigit(c)) {
          escaped.append((char) c);
        } else {
          escaped.append('_').append(Integer.toHexString(c)).append('_');
        }
      }
      assertThat(LabelEscaping.unescape(escaped.toString()))
          .as("seed %d, escaped %s", seed, escaped)
          .isEqualTo(name.toString());
    }
  }

  private static Parameters of(String name, String value) throws Exception {
    return Parameters.of(FakeRequest.get("/").with(name, value));
  }
}
