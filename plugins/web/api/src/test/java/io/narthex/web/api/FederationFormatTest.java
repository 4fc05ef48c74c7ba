package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FederationFormatTest {
  private static final String PROTO =
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | TEXT_0_0_4 | UNDERSCORES",
        "*/* | TEXT_0_0_4 | UNDERSCORES",
        "text/plain | TEXT_0_0_4 | UNDERSCORES",
        "text/plain;version=0.0.4;escaping=allow-utf-8 | TEXT_0_0_4 | ALLOW_UTF_8",
        "text/plain; version=1.0.0; escaping=dots | TEXT_1_0_0 | DOTS",
        "Text/Plain;Version=1.0.0;escaping=values | TEXT_1_0_0 | VALUES",
        "text/plain;version=1.0.0;escaping=else | TEXT_1_0_0 | UNDERSCORES",
        "text/plain;version=2.0.0 | TEXT_0_0_4 | UNDERSCORES",
        "application/openmetrics-text;version=1.0.0 | TEXT_0_0_4 | UNDERSCORES",
        "text/plain;version=0.0.4;q=0.2,text/plain;version=1.0.0;q=0.3 | TEXT_1_0_0 | UNDERSCORES",
        "text/plain;q=x,text/plain;version=1.0.0;q=0.9 | TEXT_0_0_4 | UNDERSCORES",
        PROTO + " | PROTOBUF | UNDERSCORES",
        PROTO + ";escaping=allow-utf-8;q=0.6,text/plain;q=0.5 | PROTOBUF | ALLOW_UTF_8",
        PROTO + ";q=0.4,text/plain;q=0.5 | TEXT_0_0_4 | UNDERSCORES",
        "application/vnd.google.protobuf;proto=a.B;encoding=delimited | TEXT_0_0_4 | UNDERSCORES",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text"
            + " | TEXT_0_0_4 | UNDERSCORES",
        ";;=,;q= | TEXT_0_0_4 | UNDERSCORES",
      })
  void takesTheFirstWishThatItCanFulfil(
      String accept, FederationFormat.Syntax syntax, NameEscaping escaping) {
    assertThat(FederationFormat.negotiate(accept))
        .isEqualTo(new FederationFormat(syntax, escaping));
  }

  @ParameterizedTest
  @CsvSource({
    "TEXT_0_0_4, 'text/plain; version=0.0.4; charset=utf-8; escaping=dots'",
    "TEXT_1_0_0, 'text/plain; version=1.0.0; charset=utf-8; escaping=dots'",
    "PROTOBUF, 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"
        + " encoding=delimited; escaping=dots'"
  })
  void tellsWhatItWrites(FederationFormat.Syntax syntax, String type) {
    assertThat(new FederationFormat(syntax, NameEscaping.DOTS).contentType()).isEqualTo(type);
  }

  @ParameterizedTest
  @CsvSource({
    "http_total, http_total, http_total, http_total",
    "a.b_c, a_b_c, a_dot_b__c, U__a_2e_b__c",
    "späte:zeit, sp_te:zeit, sp__te:zeit, U__sp_e4_te:zeit",
    "1a, _a, __a, U___31_a",
    "x\ud83d\ude00, x_, x__, U__x_1f600_"
  })
  void escapesNames(String name, String underscores, String dots, String values) {
    assertThat(NameEscaping.ALLOW_UTF_8.metric(name)).isEqualTo(name);
    assertThat(NameEscaping.UNDERSCORES.metric(name)).isEqualTo(underscores);
    assertThat(NameEscaping.DOTS.metric(name)).isEqualTo(dots);
    assertThat(NameEscaping.VALUES.metric(name)).isEqualTo(values);
    assertThat(LabelEscaping.unescape(values)).isEqualTo(name);
  }
}
