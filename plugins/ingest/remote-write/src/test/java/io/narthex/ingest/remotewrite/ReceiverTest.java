package io.narthex.ingest.remotewrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.narthex.api.storage.StorageException;
import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import io.narthex.api.wire.Message;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ReceiverTest {
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

  private static Message series(String... labels) {
    return Messages.labels(new Message(), labels);
  }

  @Test
  void storesSamplesOfManySeries() throws Exception {
    Message request =
        new Message()
            .message(
                1,
                series("__name__", "up", "job", "a")
                    .message(2, Messages.sample(1, T))
                    .message(2, Messages.sample(0, T + 1)))
            .message(1, series("__name__", "x").message(2, Messages.sample(-2.5, T)));

    assertThat(server.send(request)).isEqualTo("204");
    assertThat(server.stored())
        .containsExactly(
            "up{job=\"a\"} " + T + " 1.0", "up{job=\"a\"} " + (T + 1) + " 0.0", "x " + T + " -2.5");
  }

  @Test
  void takesFieldsInAnyOrderAndPassesOverUnknownOnes() throws Exception {
    Message request =
        new Message()
            .message(3, new Message().varint(1, 1).text(2, "up").text(4, "Help."))
            .fixed32(99, 7)
            .message(
                1,
                new Message()
                    .varint(77, 1)
                    .message(2, new Message().varint(9, 1).varint(2, T).float64(1, 3))
                    .message(1, new Message().text(2, "b").text(9, "?").text(1, "zone"))
                    .message(1, new Message().text(1, "__name__").text(2, "up"))
                    .message(1, new Message().text(1, "empty"))
                    .message(2, Messages.sample(4, T + 1)));

    assertThat(server.send(request)).isEqualTo("204");
    assertThat(server.stored())
        .containsExactly("up{zone=\"b\"} " + T + " 3.0", "up{zone=\"b\"} " + (T + 1) + " 4.0");
  }

  @Test
  void takesLongNamesAndValues() throws Exception {
    String name = "n".repeat(200);
    String value = "é".repeat(5_000);

    assertThat(
            server.send(
                new Message()
                    .message(
                        1,
                        series("__name__", "up", name, value, "z", "y".repeat(127))
                            .message(2, Messages.sample(1, T)))))
        .isEqualTo("204");
    assertThat(server.stored())
        .containsExactly(
            "up{" + name + "=\"" + value + "\", z=\"" + "y".repeat(127) + "\"} " + T + " 1.0");
  }

  /** What is sent, beside good samples, after {@code a} has the value 1 at T. */
  static Stream<Arguments> refusals() {
    Message histogram = new Message().varint(1, 3).varint(15, T + 1);
    return Stream.of(
        arguments(
            "out of order",
            series("__name__", "a").message(2, Messages.sample(2, T - 1)),
            "out of order sample"),
        arguments(
            "duplicate",
            series("__name__", "a").message(2, Messages.sample(2.5, T)),
            "duplicate sample for timestamp "
                + T
                + "; overrides not allowed: existing 1, new value 2.5"),
        arguments(
            "far ahead",
            series("__name__", "a").message(2, Messages.sample(1, T + 600_001)),
            "out of bounds: timestamp is too far in the future"),
        arguments(
            "histogram of a duplicate",
            series("__name__", "a").message(4, new Message().varint(1, 0).varint(15, T)),
            "duplicate sample for timestamp"),
        arguments(
            "histogram far ahead",
            series("__name__", "h").message(4, new Message().varint(15, T + 600_001)),
            "out of bounds: timestamp is too far in the future"),
        arguments(
            "count that is wrong",
            series("__name__", "h").message(4, histogram),
            "0 observations found in buckets, but the Count field is 3: histogram's observation"
                + " count should equal the number of observations found in the buckets (in absence"
                + " of NaN)"),
        arguments(
            "unknown schema",
            series("__name__", "h").message(4, new Message().zigzag(4, 53).varint(15, T)),
            "histogram has an invalid schema, which must be between -4 and 8 for exponential"
                + " buckets, or -53 for custom buckets, got schema 53"),
        arguments(
            "buckets without spans",
            series("__name__", "h")
                .message(4, new Message().varint(1, 1).packedZigzag(12, 1).varint(15, T)),
            "positive side: spans need 0 buckets, have 1 buckets: histogram spans specify different"
                + " number of buckets than provided"),
        arguments(
            "negative bucket",
            series("__name__", "h")
                .message(
                    4,
                    new Message()
                        .message(11, new Message().varint(2, 1))
                        .packedZigzag(12, -1)
                        .varint(15, T)),
            "positive side: bucket number 1 has observation count of -1: histogram has a bucket"
                + " whose observation count is negative"),
        arguments(
            "custom bounds that are too few",
            series("__name__", "h")
                .message(
                    4,
                    new Message()
                        .float64(2, 2)
                        .zigzag(4, -53)
                        .message(11, new Message().varint(2, 3))
                        .packedDoubles(13, 1, 0, 1)
                        .packedDoubles(16, 0.5)
                        .varint(15, T)),
            "custom buckets: only 1 custom bounds defined which is insufficient to cover total span"
                + " length of 3: histogram custom bounds are too few"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refusals")
  void storesNothingOfARequestWithSomethingThatIsRefused(String name, Message bad, String text)
      throws Exception {
    server.send(
        new Message().message(1, series("__name__", "a").message(2, Messages.sample(1, T))));
    Message exemplar = new Message().float64(2, 0.7).varint(3, T);
    Message request =
        new Message()
            .message(
                1,
                series("__name__", "before").message(2, Messages.sample(3, T)).message(3, exemplar))
            .message(1, bad)
            .message(1, series("__name__", "after").message(2, Messages.sample(3, T)))
            .message(1, series("__name__", "", "no", "name").message(2, Messages.sample(3, T)));

    FakeResponse answer = server.send(Server.post(Server.snappy(request.toBytes())));

    assertThat(answer.answer()).isEqualTo("400 " + text);
    assertThat(answer.headers()).containsEntry("X-Prometheus-Remote-Write-Samples-Written", "0");
    assertThat(server.stored()).containsExactly("a " + T + " 1.0");
    assertThat(server.exemplars()).isEmpty();
    // Upstream counts when it has read a request to its end.
    assertThat(server.metrics.withInvalidLabels.get()).isZero();
  }

  @Test
  void rollsBackBatchesThatWereHandedOverBefore() throws Exception {
    server.send(
        new Message().message(1, series("__name__", "z").message(2, Messages.sample(1, T))));
    Message request = new Message();
    for (int i = 0; i < 10_000; i++) {
      request.message(1, series("__name__", "many", "n", "" + i).message(2, Messages.sample(i, T)));
    }
    request.message(1, series("__name__", "z").message(2, Messages.sample(1, T - 1)));

    assertThat(server.send(request)).isEqualTo("400 out of order sample");
    assertThat(server.stored()).containsExactly("z " + T + " 1.0");
    assertThat(
            server.send(
                new Message()
                    .message(
                        1, series("__name__", "many", "n", "7").message(2, Messages.sample(8, T)))))
        .isEqualTo("204");
    assertThat(server.stored()).contains("many{n=\"7\"} " + T + " 8.0");
  }

  @Test
  void tellsTheFirstProblemOfTheRequest() throws Exception {
    server.send(
        new Message().message(1, series("__name__", "a").message(2, Messages.sample(1, T))));

    assertThat(
            server.send(
                new Message()
                    .message(1, series("__name__", "a").message(2, Messages.sample(1, T - 1)))
                    .message(
                        1, series("__name__", "b").message(2, Messages.sample(1, T + 600_001)))))
        .isEqualTo("400 out of order sample");
  }

  @Test
  void takesWhatIsNoMoreThanTenMinutesAhead() throws Exception {
    assertThat(
            server.send(
                new Message()
                    .message(
                        1,
                        series("__name__", "a")
                            .message(2, Messages.sample(1, T + 600_000))
                            .message(
                                3,
                                new Message().float64(2, 1).varint(3, T + 600_001))))) // left out
        .isEqualTo("204");
    assertThat(server.stored()).hasSize(1);
    assertThat(server.exemplars()).isEmpty();
  }

  @Test
  void takesASampleThatIsThereAlready() throws Exception {
    Message request =
        new Message().message(1, series("__name__", "a").message(2, Messages.sample(1, T)));

    assertThat(server.send(request)).isEqualTo("204");
    assertThat(server.send(request)).isEqualTo("204");
    assertThat(server.stored()).hasSize(1);
  }

  @Test
  void leavesOutExemplarsThatAreLateAndTakesTheRest() throws Exception {
    Message first = new Message().float64(2, 0.2).varint(3, T);
    Message late = new Message().float64(2, 0.1).varint(3, T - 5);
    server.send(
        new Message()
            .message(
                1, series("__name__", "a").message(2, Messages.sample(1, T)).message(3, first)));

    FakeResponse answer =
        server.send(
            Server.post(
                Server.snappy(
                    new Message()
                        .message(
                            1,
                            series("__name__", "a")
                                .message(2, Messages.sample(1, T + 1))
                                .message(3, late))
                        .toBytes())));

    assertThat(answer.answer()).isEqualTo("204");
    assertThat(server.exemplars()).containsExactly("a {} 0.2");
    assertThat(answer.headers())
        .containsEntry("X-Prometheus-Remote-Write-Samples-Written", "1")
        .containsEntry("X-Prometheus-Remote-Write-Exemplars-Written", "0");
  }

  /** Prometheus sends version 1 so. */
  @Test
  void takesExemplarsThatComeAsSeriesOfTheirOwn() throws Exception {
    String[] labels = {"__name__", "a_series_with_exemplars", "job", "some_job"};
    Message exemplar = new Message().float64(2, 0.7).varint(3, T);

    assertThat(
            server.send(
                new Message()
                    .message(1, series(labels).message(2, Messages.sample(1, T)))
                    .message(1, series(labels).message(3, exemplar))
                    .message(
                        1, series("__name__", "b", "job", "c").message(2, Messages.sample(1, T)))
                    .message(1, new Message().message(3, exemplar).raw(series(labels)))))
        .isEqualTo("204");
    assertThat(server.exemplars()).containsExactly("a_series_with_exemplars {} 0.7");
  }

  @Test
  void countsAndLeavesOutSeriesWhoseLabelsCannotBe() throws Exception {
    Message request =
        new Message()
            .message(1, series("job", "a").message(2, Messages.sample(1, T)))
            .message(1, series("__name__", "", "a", "b").message(2, Messages.sample(1, T)))
            .message(1, series("__name__", "a", "", "b").message(2, Messages.sample(1, T)))
            .message(
                1,
                series("__name__", "a", "b", "1", "c", "1", "b", "2")
                    .message(2, Messages.sample(1, T)))
            .message(
                1,
                series("__name__", "a")
                    .message(
                        1,
                        new Message()
                            .text(1, "bad")
                            .bytes(2, new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80}))
                    .message(2, Messages.sample(1, T)))
            .message(1, series("__name__", "good").message(2, Messages.sample(1, T)));

    assertThat(server.send(request)).isEqualTo("204");
    assertThat(server.stored()).containsExactly("good " + T + " 1.0");
    assertThat(server.metrics.withInvalidLabels.get()).isEqualTo(5);
    assertThat(server.metrics.withoutMetadata.get()).isZero();
  }

  @Test
  void makesNoSeriesWithoutSamples() throws Exception {
    assertThat(server.send(new Message().message(1, series("__name__", "a")))).isEqualTo("204");
    assertThat(server.send(new Message())).isEqualTo("204");

    assertThat(server.stored()).isEmpty();
  }

  @Test
  void storesHistograms() throws Exception {
    Message integer =
        new Message()
            .varint(1, 12)
            .float64(3, 18.5)
            .zigzag(4, 1)
            .float64(5, 0.001)
            .varint(6, 2)
            .message(8, new Message().zigzag(1, 0).varint(2, 1))
            .packedZigzag(9, 3)
            .message(11, new Message().zigzag(1, -2).varint(2, 2))
            .message(11, new Message().zigzag(1, 1).varint(2, 1))
            .packedZigzag(12, 2, 1, -1)
            .varint(14, 2)
            .varint(15, T);
    Message floats =
        new Message()
            .float64(2, 4.5)
            .float64(3, 9)
            .zigzag(4, -53)
            .message(11, new Message().zigzag(1, 0).varint(2, 2))
            .packedDoubles(13, 1.5, 3)
            .varint(14, 3)
            .varint(15, T + 1)
            .packedDoubles(16, 0.5, 1);

    assertThat(
            server.send(
                new Message()
                    .message(1, series("__name__", "h").message(4, integer).message(4, floats))))
        .isEqualTo("204");
    assertThat(server.stored())
        .containsExactly(
            "h "
                + T
                + " int 12.0 18.5 schema 1 zero 2.0 + [2.0, 3.0, 2.0] - [3.0] bounds [] NOT_RESET",
            "h "
                + (T + 1)
                + " float 4.5 9.0 schema -53 zero 0.0 + [1.5, 3.0] - [] bounds [0.5, 1.0] GAUGE");
  }

  @Test
  void reducesTheResolutionOfHistogramsThatAreTooFine() throws Exception {
    Message integer =
        new Message()
            .varint(1, 9)
            .zigzag(4, 10)
            .message(11, new Message().zigzag(1, 1).varint(2, 5))
            .packedZigzag(12, 1, 1, 1, -1, -2)
            .message(8, new Message().zigzag(1, 3).varint(2, 2))
            .packedZigzag(9, 1, -1)
            .varint(15, T);
    Message floats =
        new Message()
            .float64(2, 4.5)
            .zigzag(4, 9)
            .message(11, new Message().zigzag(1, 1).varint(2, 2))
            .packedDoubles(13, 1.5, 3)
            .varint(15, T + 1);

    assertThat(
            server.send(
                new Message()
                    .message(1, series("__name__", "h").message(4, integer).message(4, floats))))
        .isEqualTo("204");
    assertThat(server.stored())
        .containsExactly(
            "h " + T + " int 9.0 0.0 schema 8 zero 0.0 + [8.0, 0.0] - [1.0] bounds [] UNKNOWN",
            "h " + (T + 1) + " float 4.5 0.0 schema 8 zero 0.0 + [4.5] - [] bounds [] UNKNOWN");
  }

  @Test
  void storesExemplars() throws Exception {
    Message exemplar =
        new Message()
            .message(1, new Message().text(1, "trace_id").text(2, "abc"))
            .float64(2, 0.7)
            .varint(3, T);

    assertThat(
            server.send(
                new Message()
                    .message(
                        1,
                        series("__name__", "a")
                            .message(2, Messages.sample(1, T))
                            .message(3, exemplar))))
        .isEqualTo("204");
    assertThat(server.exemplars()).containsExactly("a {trace_id=\"abc\"} 0.7");
  }

  @Test
  void answersAsPrometheusDoesWhenItIsSwitchedOff() throws Exception {
    try (Server off = new Server(new ReceiverSettings(false, List.of()))) {
      assertThat(off.send(new Message()))
          .isEqualTo(
              "404 remote write receiver needs to be enabled with"
                  + " --web.enable-remote-write-receiver");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          application/x-protobuf | snappy | 204
          application/x-protobuf;proto=prometheus.WriteRequest | SNAPPY | 204
          application/x-protobuf;version=0.1.0 | '' | 204
          '' | '' | 204
          application/x-protobuf | gzip | 415 gzip encoding (compression) is not accepted by this server; only snappy is acceptable
          application/x-protobuf | zstd | 415 zstd encoding (compression) is not accepted by this server; only snappy is acceptable
          text/plain | snappy | 415 expected application/x-protobuf as the first (media) part, got text/plain content-type
          application/x-protobuf;proto | snappy | 415 as per https://www.rfc-editor.org/rfc/rfc9110#parameter expected parameters to be key-values, got proto in application/x-protobuf;proto content-type
          application/x-protobuf;proto=a.B | snappy | 415 got application/x-protobuf;proto=a.B content type; unknown type for remote write protobuf message a.B, supported: prometheus.WriteRequest, io.prometheus.write.v2.Request
          """)
  void negotiates(String contentType, String encoding, String answer) throws Exception {
    FakeRequest exchange = Server.post(Server.snappy(new byte[0]));
    if (!contentType.isEmpty()) {
      exchange.withHeader("Content-Type", contentType);
    }
    if (!encoding.isEmpty()) {
      exchange.withHeader("Content-Encoding", encoding);
    }

    assertThat(server.send(exchange).answer().strip()).isEqualTo(answer);
  }

  @Test
  void takesOnlyTheMessagesThatItIsToldToTake() throws Exception {
    try (Server one = new Server(new ReceiverSettings(true, List.of(MessageVersion.ONE)))) {
      assertThat(one.sendTwo(new Message()).answer())
          .isEqualTo(
              "415 io.prometheus.write.v2.Request protobuf message is not accepted by this"
                  + " server; only accepts prometheus.WriteRequest");
    }
  }

  @Test
  void answers503WhileTheStorageIsNotThere() throws Exception {
    server.storage.close();

    assertThat(
            server.send(
                new Message().message(1, series("__name__", "a").message(2, new Message()))))
        .startsWith("503 ");
    assertThat(StorageException.Kind.values()).hasSize(6);
  }

  @Test
  void givesItsBuffersBack() throws Exception {
    Message large = new Message();
    for (int i = 0; i < 30_000; i++) {
      large.message(
          1,
          series("__name__", "a" + i, "filler", "x".repeat(200)).message(2, Messages.sample(1, T)));
    }

    assertThat(server.send(large)).isEqualTo("204");
    assertThat(server.budget.taken()).isBetween(1L, 2L * Workspace.KEPT);
    assertThat(server.stored()).hasSize(30_000);
  }
}
