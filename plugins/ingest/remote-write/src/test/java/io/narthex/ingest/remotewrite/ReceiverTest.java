package io.narthex.ingest.remotewrite;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.storage.StorageException;
import io.narthex.api.web.FakeRequest;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    return Message.labels(new Message(), labels);
  }

  @Test
  void storesSamplesOfManySeries() throws Exception {
    Message request =
        new Message()
            .message(
                1,
                series("__name__", "up", "job", "a")
                    .message(2, Message.sample(1, T))
                    .message(2, Message.sample(0, T + 1)))
            .message(1, series("__name__", "x").message(2, Message.sample(-2.5, T)));

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
                    .message(2, Message.sample(4, T + 1)));

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
                            .message(2, Message.sample(1, T)))))
        .isEqualTo("204");
    assertThat(server.stored())
        .containsExactly(
            "up{" + name + "=\"" + value + "\", z=\"" + "y".repeat(127) + "\"} " + T + " 1.0");
  }

  @Test
  void storesTheRestOfARequestWithSamplesThatAreRefused() throws Exception {
    Message request =
        new Message()
            .message(
                1,
                series("__name__", "a")
                    .message(2, Message.sample(1, T))
                    .message(2, Message.sample(2, T - 1))
                    .message(2, Message.sample(2, T)))
            .message(1, series("__name__", "b").message(2, Message.sample(3, T)));

    assertThat(server.send(request)).isEqualTo("400 out of order sample");
    assertThat(server.stored()).containsExactly("a " + T + " 1.0", "b " + T + " 3.0");
    assertThat(
            server.send(
                new Message().message(1, series("__name__", "b").message(2, Message.sample(4, T)))))
        .isEqualTo("400 duplicate sample for timestamp");
  }

  @Test
  void refusesSamplesOfTheFarFuture() throws Exception {
    Message request =
        new Message()
            .message(
                1,
                series("__name__", "a")
                    .message(2, Message.sample(1, T + 600_000))
                    .message(2, Message.sample(1, T + 600_001)));

    assertThat(server.send(request))
        .isEqualTo("400 out of bounds: timestamp is too far in the future");
    assertThat(server.stored()).hasSize(1);
  }

  @Test
  void countsAndLeavesOutSeriesWhoseLabelsCannotBe() throws Exception {
    Message request =
        new Message()
            .message(1, series("job", "a").message(2, Message.sample(1, T)))
            .message(1, series("__name__", "", "a", "b").message(2, Message.sample(1, T)))
            .message(1, series("__name__", "a", "", "b").message(2, Message.sample(1, T)))
            .message(
                1,
                series("__name__", "a", "b", "1", "c", "1", "b", "2")
                    .message(2, Message.sample(1, T)))
            .message(
                1,
                series("__name__", "a")
                    .message(
                        1,
                        new Message()
                            .text(1, "bad")
                            .bytes(2, new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80}))
                    .message(2, Message.sample(1, T)))
            .message(1, series("__name__", "good").message(2, Message.sample(1, T)));

    assertThat(server.send(request)).isEqualTo("204");
    assertThat(server.stored()).containsExactly("good " + T + " 1.0");
    assertThat(server.metrics.withInvalidLabels.get()).isEqualTo(5);
    assertThat(server.metrics.withoutMetadata.get()).isEqualTo(1);
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
  void refusesHistogramsThatCannotBe() throws Exception {
    Message unknownSchema = new Message().varint(1, 1).zigzag(4, 9).varint(15, T);
    Message uncovered = new Message().varint(1, 1).packedZigzag(12, 1).varint(15, T);

    for (Message histogram : List.of(unknownSchema, uncovered)) {
      assertThat(
              server.send(new Message().message(1, series("__name__", "h").message(4, histogram))))
          .isEqualTo("400 invalid histogram");
    }
    assertThat(server.stored()).isEmpty();
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
                            .message(2, Message.sample(1, T))
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
          application/x-protobuf | zstd | 415 zstd encoding (compression) is not accepted by this server; only snappy is acceptable
          text/plain | snappy | 415 expected application/x-protobuf as the first (media) part, got text/plain content-type
          application/x-protobuf;proto | snappy | 415 as per https://www.rfc-editor.org/rfc/rfc9110#parameter expected parameters to be key-values, got proto in application/x-protobuf;proto content-type
          application/x-protobuf;proto=a.B | snappy | 415 got application/x-protobuf;proto=a.B content type; unknown type for remote write protobuf message a.B, supported: prometheus.WriteRequest, io.prometheus.write.v2.Request
          """)
  void negotiates(String contentType, String encoding, String answer) throws Exception {
    FakeRequest request = Server.post(Server.snappy(new byte[0]));
    if (!contentType.isEmpty()) {
      request.withHeader("Content-Type", contentType);
    }
    if (!encoding.isEmpty()) {
      request.withHeader("Content-Encoding", encoding);
    }

    assertThat(server.send(request).answer()).isEqualTo(answer);
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
          series("__name__", "a" + i, "filler", "x".repeat(200)).message(2, Message.sample(1, T)));
    }

    assertThat(server.send(large)).isEqualTo("204");
    assertThat(server.budget.taken()).isBetween(1L, 2L * Workspace.KEPT);
    assertThat(server.stored()).hasSize(30_000);
  }
}
