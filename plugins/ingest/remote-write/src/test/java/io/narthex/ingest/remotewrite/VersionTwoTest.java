package io.narthex.ingest.remotewrite;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.web.FakeResponse;
import io.narthex.api.wire.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class VersionTwoTest {
  private static final long T = Server.NOW;

  private Server server;

  @BeforeEach
  void open() throws Exception {
    server = new Server();
  }

  @AfterEach
  void close() throws Exception {
    server.close();
  }

  private static Message symbols(String... symbols) {
    Message request = new Message();
    for (String symbol : symbols) {
      request.text(4, symbol);
    }
    return request;
  }

  private static String written(FakeResponse exchange) {
    return exchange.headers().get("X-Prometheus-Remote-Write-Samples-Written")
        + " "
        + exchange.headers().get("X-Prometheus-Remote-Write-Histograms-Written")
        + " "
        + exchange.headers().get("X-Prometheus-Remote-Write-Exemplars-Written");
  }

  @Test
  void storesSamplesHistogramsAndExemplarsAndSaysHowMany() throws Exception {
    Message exemplar = new Message().packed(1, 6, 7).float64(2, 0.25).varint(3, T);
    Message histogram = new Message().varint(1, 0).float64(3, 0).varint(15, T).varint(17, T - 9);
    FakeResponse answer =
        server.sendTwo(
            symbols("", "__name__", "up", "job", "a", "h", "trace_id", "t")
                .message(
                    5,
                    new Message()
                        .packed(1, 3, 4, 1, 2)
                        .message(2, Messages.sample(1, T).varint(3, T - 5))
                        .message(2, Messages.sample(2, T + 1))
                        .message(4, exemplar)
                        .message(5, new Message().varint(1, 2))
                        .varint(6, T - 7))
                .message(5, new Message().varint(1, 1).varint(1, 5).message(3, histogram)));

    assertThat(answer.answer()).isEqualTo("204");
    assertThat(written(answer)).isEqualTo("2 1 1");
    assertThat(server.stored())
        .containsExactly(
            "h " + T + " int 0.0 0.0 schema 0 zero 0.0 + [] - [] bounds [] UNKNOWN",
            "up{job=\"a\"} " + T + " 1.0",
            "up{job=\"a\"} " + (T + 1) + " 2.0");
    assertThat(server.exemplars()).containsExactly("up {trace_id=\"t\"} 0.25");
    assertThat(server.metrics.withoutMetadata.get()).isZero();
  }

  @Test
  void takesSymbolsThatComeLast() throws Exception {
    FakeResponse answer =
        server.sendTwo(
            new Message()
                .message(5, new Message().packed(1, 1, 2).message(2, Messages.sample(1, T)))
                .text(4, "")
                .text(4, "__name__")
                .text(4, "up"));

    assertThat(answer.answer()).isEqualTo("204");
    assertThat(server.stored()).containsExactly("up " + T + " 1.0");
  }

  @Test
  void tellsEachProblemAndStoresTheRest() throws Exception {
    Message one = Messages.sample(1, T);
    FakeResponse answer =
        server.sendTwo(
            symbols("", "__name__", "up", "job", "a", "b")
                .message(5, new Message().packed(1, 1, 2).message(2, one))
                .message(5, new Message().packed(1, 3, 4).message(2, one).message(2, one))
                .message(5, new Message().packed(1, 1, 2, 3, 4, 3, 5).message(2, one))
                .message(5, new Message().packed(1, 1, 2, 3, 4))
                .message(5, new Message().packed(1, 1).message(2, one))
                .message(5, new Message().packed(1, 1, 6).message(2, one))
                .message(
                    5,
                    new Message()
                        .packed(1, 1, 2, 3, 5)
                        .message(2, one)
                        .message(2, Messages.sample(5, T - 1))));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text())
        .isEqualTo(
            """
            invalid metric name or labels, got {job="a"}
            invalid labels for series, labels {__name__="up", job="a", job="b"}, duplicated label job
            TimeSeries must contain at least one sample or histogram for series {__name__="up", job="a"}
            parsing labels for series [1]: invalid labelRefs length 1
            parsing labels for series [1 6]: labelRefs 1 (name) = 6 (value) outside of symbols table (size 6)
            out of order sample for series {__name__="up", job="b"}
            """);
    assertThat(written(answer)).isEqualTo("2 0 0");
    assertThat(server.stored()).containsExactly("up " + T + " 1.0", "up{job=\"b\"} " + T + " 1.0");
    assertThat(server.metrics.withInvalidLabels.get()).isEqualTo(5);
  }

  @Test
  void makesLabelsOfTypeAndUnitWhenAsked() throws Exception {
    try (Server typed = new Server("type-and-unit-labels")) {
      FakeResponse answer =
          typed.sendTwo(
              symbols("", "__name__", "up", "seconds", "__type__", "wrong")
                  .message(
                      5,
                      new Message()
                          .packed(1, 1, 2, 4, 5)
                          .message(2, Messages.sample(1, T))
                          .message(5, new Message().varint(1, 1).varint(4, 3))));

      assertThat(answer.answer()).isEqualTo("204");
      assertThat(typed.stored())
          .containsExactly("up{__type__=\"counter\", __unit__=\"seconds\"} " + T + " 1.0");
    }
  }

  @Test
  void tellsNoMoreThanAHundredProblems() throws Exception {
    Message request = symbols("", "__name__");
    for (int i = 0; i < 150; i++) {
      request.message(5, new Message().packed(1, 1).message(2, Messages.sample(1, T)));
    }

    assertThat(server.sendTwo(request).answer().lines())
        .hasSize(101)
        .last()
        .isEqualTo("and 50 more");
  }
}
