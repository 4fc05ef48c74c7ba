package io.narthex.api.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BucketBoundsTest {
  /** Values of the tables of Prometheus 3.14. */
  @ParameterizedTest
  @CsvSource({
    "0, 0, 1",
    "1, 0, 2",
    "-3, 0, 0.125",
    "2, -1, 16",
    "1, -4, 65536",
    "-1, 1, 0.7071067811865475",
    "-1, 2, 0.8408964152537144",
    "-5, 3, 0.6484197773255048",
    "-5, 4, 0.805245165974627",
    "-7, 5, 0.8593096490612387",
    "-1, 6, 0.9892280131939752",
    "-1, 7, 0.9945994234836328",
    "-1, 8, 0.9972960560854698",
    "-13, 8, 0.9654133954938133",
    "-127, 8, 0.7090239421602076",
    "1023, 0, 8.98846567431158e307",
    "1024, 0, 1.7976931348623157e308",
    "1025, 0, Infinity",
    "512, -1, 1.7976931348623157e308",
    "513, -1, Infinity",
    "262144, 8, 1.7976931348623157e308",
    "262145, 8, Infinity",
    "-1074, 0, 4.9e-324"
  })
  void boundsAreThoseOfPrometheus(int index, int schema, double expected) {
    assertThat(BucketBounds.upper(schema, index)).isEqualTo(expected);
  }
}
