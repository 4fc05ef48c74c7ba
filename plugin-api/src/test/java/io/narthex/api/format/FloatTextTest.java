package io.narthex.api.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FloatTextTest {
  private static FloatText.Outcome read(FloatText number, String text) {
    byte[] bytes = ("x" + text + "y").getBytes(StandardCharsets.UTF_8);
    return number.read(bytes, 1, bytes.length - 1);
  }

  private static double value(String text) {
    FloatText number = new FloatText();
    assertThat(read(number, text)).as(text).isEqualTo(FloatText.Outcome.OK);
    return number.value();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "-0",
        "+0",
        "1",
        "1.",
        ".5",
        "-.5e1",
        "00012.500",
        "9007199254740992",
        "9007199254740993",
        "123456789012345678",
        "1234567890123456789",
        "12345678901234567890123",
        "0.1",
        "0.30000000000000004",
        "1e22",
        "1e23",
        "1E-22",
        "1e-23",
        "4.9e-324",
        "2e-324",
        "1e-400",
        "1.7976931348623157e308",
        "0e999999999",
        "1.60054e+09",
        "100000000000000000000000e-20",
        "0.000000000000000000000000000000000001",
        "1000000000000000000000000000000000000"
      })
  void readsDecimalsAsTheSlowWayDoes(String text) {
    assertThat(Double.doubleToRawLongBits(value(text)))
        .as(text)
        .isEqualTo(Double.doubleToRawLongBits(Double.parseDouble(text)));
  }

  @Test
  void readsRandomDecimalsExactly() {
    long seed = 7;
    Random random = new Random(seed);
    for (int i = 0; i < 300_000; i++) {
      String text =
          switch (random.nextInt(4)) {
            case 0 -> Double.toString(Double.longBitsToDouble(random.nextLong()));
            case 1 -> Long.toString(random.nextLong());
            case 2 -> random.nextInt(1_000_000) + "." + random.nextInt(1_000_000);
            default -> random.nextInt(100_000) + "e" + (random.nextInt(60) - 30);
          };
      if (text.equals("NaN") || text.endsWith("Infinity")) {
        continue;
      }
      assertThat(Double.doubleToRawLongBits(value(text)))
          .as("seed %d: %s", seed, text)
          .isEqualTo(Double.doubleToRawLongBits(Double.parseDouble(text)));
    }
  }

  /** Numbers at and beside the middle of two doubles are the hard ones. */
  @Test
  void readsWhatIsNearlyHalfWayExactly() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 60_000; i++) {
      long bits = (long) random.nextInt(2046) << 52 | (random.nextLong() & ((1L << 52) - 1));
      BigDecimal low = new BigDecimal(Double.longBitsToDouble(bits));
      BigDecimal high = new BigDecimal(Double.longBitsToDouble(bits + 1));
      BigDecimal middle = low.add(high).divide(BigDecimal.TWO);
      String text =
          switch (random.nextInt(4)) {
            case 0 -> middle.round(new MathContext(15 + random.nextInt(10))).toString();
            case 1 -> middle.toString();
            case 2 -> low.round(new MathContext(17 + random.nextInt(6))).toString();
            default -> middle.unscaledValue() + "1e" + (-middle.scale() - 1);
          };
      assertThat(Double.doubleToRawLongBits(value(text)))
          .as("seed %d: %s", seed, text)
          .isEqualTo(Double.doubleToRawLongBits(Double.parseDouble(text)));
    }
  }

  @Test
  void allocatesNothingForOrdinaryNumbers() {
    byte[][] texts = new byte[1000][];
    Random random = new Random(3);
    for (int i = 0; i < texts.length; i++) {
      double v = random.nextDouble() * Math.pow(10, random.nextInt(40) - 20);
      texts[i] = Double.toString(v).getBytes(StandardCharsets.US_ASCII);
    }
    FloatText number = new FloatText();
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = 0;
    for (int round = 0; round < 3; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (byte[] text : texts) {
        number.read(text, 0, text.length);
      }
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
    }
    assertThat(allocated).isLessThan(1000);
  }

  @Test
  void readsLongTextsExactly() {
    String zeros = "0".repeat(3000);
    // Half-way between 2^53 and the next double, and a hair above it.
    String half = "9007199254740993";
    assertThat(value(half + "." + zeros)).isEqualTo(9007199254740992.0);
    assertThat(value(half + "." + zeros + "1")).isEqualTo(9007199254740994.0);
    assertThat(value("-" + half + "." + zeros + "1")).isEqualTo(-9007199254740994.0);
    assertThat(value("0." + zeros + "125e3001")).isEqualTo(1.25);
    assertThat(value("125" + zeros + "e-3002")).isEqualTo(1.25);
    assertThat(value("1" + zeros + "e-99999999999999999999")).isZero();
    assertThat(value(zeros + "." + zeros)).isZero();
    assertThat(read(new FloatText(), "7".repeat(2000))).isEqualTo(FloatText.Outcome.RANGE);
    assertThat(value("7".repeat(2000) + "e-2000"))
        .isEqualTo(Double.parseDouble("7".repeat(2000) + "e-2000"));
    assertThat(read(new FloatText(), "7".repeat(2000) + "x")).isEqualTo(FloatText.Outcome.SYNTAX);
  }

  @Test
  void readsInfinitiesAndNan() {
    assertThat(value("+Inf")).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(value("inf")).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(value("-INFINITY")).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(value("nan")).isNaN();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "+", "-", ".", "e5", "1e", "1e+", "1.2.3", "1d", "1f", "0x10", "1_0", "+nan", "in",
        "infi", "--1", "1 ", "\u0661", "1e5x"
      })
  void refusesWhatGoRefuses(String text) {
    assertThat(read(new FloatText(), text)).isEqualTo(FloatText.Outcome.SYNTAX);
  }

  @Test
  void tellsWhatIsOutOfRange() {
    assertThat(read(new FloatText(), "1e309")).isEqualTo(FloatText.Outcome.RANGE);
    assertThat(read(new FloatText(), "-1e99999999999")).isEqualTo(FloatText.Outcome.RANGE);
  }

  @ParameterizedTest
  @CsvSource({
    "1,1.0",
    "0,0.0",
    "-0,-0.0",
    "-1,-1.0",
    "0.5,0.5",
    "100000,100000.0",
    "1000000,1e+06",
    "1234567,1.234567e+06",
    "0.0001,0.0001",
    "0.00001,1e-05",
    "2.5e-7,2.5e-07",
    "1e100,1e+100",
    "+Inf,+Inf",
    "-inf,-Inf",
    "NaN,NaN",
    "12.75,12.75",
    "abc,abc",
    "0.1e1,1.0"
  })
  void writesBoundsAsOpenMetricsDoes(String text, String expected) {
    assertThat(FloatText.canonical(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "1000000, 1e+06",
    "123456789, 1.23456789e+08",
    "1234567.5, 1.2345675e+06",
    "100000, 100000",
    "999999, 999999",
    "0.0001, 0.0001",
    "0.00001, 1e-05",
    "123456.5, 123456.5",
    "-0.0, -0",
    "1e-320, 1e-320",
    "4.9E-324, 5e-324",
    "9.9E-324, 1e-323",
    "1.5E-323, 1.5e-323",
    "NaN, NaN",
    "Infinity, +Inf",
    "-Infinity, -Inf",
    "1.0267820369e+10, 1.0267820369e+10",
    "-3, -3",
    "1.7976931348623157E308, 1.7976931348623157e+308"
  })
  void writesAsGoDoes(double value, String expected) {
    assertThat(FloatText.text(value)).isEqualTo(expected);
  }

  @Test
  void readsEachNumberThatItWrote() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 100_000; i++) {
      double v =
          switch (i % 3) {
            case 0 -> Double.longBitsToDouble(random.nextLong());
            case 1 -> random.nextInt() / 100.0;
            default -> random.nextLong() >>> random.nextInt(64);
          };
      if (!Double.isNaN(v)) {
        assertThat(value(FloatText.text(v))).as("seed %d", seed).isEqualTo(v);
      }
    }
  }

  @Test
  void makesMillisecondsAsGoDoes() {
    assertThat(FloatText.millis(1.0019)).isEqualTo(1001);
    assertThat(FloatText.millis(-1.0019)).isEqualTo(-1001);
    assertThat(FloatText.millis(1e300)).isEqualTo(Long.MIN_VALUE);
    assertThat(FloatText.millis(-1e300)).isEqualTo(Long.MIN_VALUE);
  }
}
