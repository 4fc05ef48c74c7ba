package io.narthex.ingest.remotewrite;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.web.FakeRequest;
import io.narthex.api.wire.HistogramParts;
import io.narthex.api.wire.Message;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostileInputTest {
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

  private String send(byte[] body, boolean two) throws Exception {
    FakeRequest request = Server.post(body);
    if (two) {
      request.withHeader("Content-Type", Server.V2);
    }
    return server.send(request).answer();
  }

  private static byte[] bytes(int... values) {
    return new Message().raw(values).toBytes();
  }

  @Test
  void refusesWhatIsNoSnappy() throws Exception {
    for (byte[] body :
        List.of(
            bytes(),
            bytes(0x80),
            bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
            bytes(5, 1),
            bytes(1, 1, 0),
            // A copy from before the beginning.
            bytes(8, 0x01, 0x05),
            "hello, world".getBytes("UTF-8"))) {
      assertThat(send(body, false)).as(Arrays.toString(body)).isEqualTo("400 s2: corrupt input");
    }
  }

  @Test
  void makesNoRoomForWhatABlockOnlyClaims() throws Exception {
    // 32 MiB and one byte; then 32 MiB out of seven bytes.
    assertThat(send(bytes(0x81, 0x80, 0x80, 0x10, 0, 1), false))
        .isEqualTo("400 s2: decoded block is too large");
    assertThat(send(bytes(0x80, 0x80, 0x80, 0x10, 0, 1, 2), false))
        .isEqualTo("400 s2: corrupt input");
    assertThat(server.budget.taken()).isLessThan(1 << 16);
  }

  @Test
  void unpacksNoMoreThanTheLargestSize() throws Exception {
    byte[] zeros = new byte[SnappyBlock.MAX_UNPACKED];
    // Field 15, wire type 0: sixteen million fields that mean nothing.
    for (int i = 0; i < zeros.length; i += 2) {
      zeros[i] = 15 << 3;
    }

    assertThat(send(Server.snappy(zeros), false)).isEqualTo("204");
    assertThat(send(Server.snappy(zeros), true)).isEqualTo("204");
    assertThat(server.budget.taken()).isLessThan(3L * Workspace.KEPT);
    assertThat(send(Server.snappy(new byte[SnappyBlock.MAX_UNPACKED + 1]), false))
        .isEqualTo("400 s2: decoded block is too large");
  }

  @Test
  void saysSoWhenThereIsNoRoom() throws Exception {
    assertThat(server.budget.take(100 << 20)).isTrue();

    assertThat(send(Server.snappy(new byte[0]), false))
        .isEqualTo("503 too much remote write data at a time");
    server.budget.release(100 << 20);
    assertThat(send(Server.snappy(new byte[0]), false)).isEqualTo("204");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void refusesBrokenMessages(boolean two) throws Exception {
    int series = two ? 5 << 3 | 2 : 1 << 3 | 2;
    assertThat(send(Server.snappy(bytes(series)), two)).isEqualTo("400 unexpected EOF");
    assertThat(send(Server.snappy(bytes(series, 200)), two)).isEqualTo("400 unexpected EOF");
    assertThat(send(Server.snappy(bytes(series, 5, 1)), two)).isEqualTo("400 unexpected EOF");
    assertThat(send(Server.snappy(bytes(series, 2, 0x0a, 0x7f)), two))
        .isEqualTo("400 unexpected EOF");
    assertThat(send(Server.snappy(bytes(0)), two))
        .isEqualTo("400 proto: illegal tag 0 (wire type 0)");
    assertThat(send(Server.snappy(bytes(15 << 3 | 3)), two))
        .isEqualTo("400 proto: illegal wireType 3");
    assertThat(send(Server.snappy(bytes(series & ~7, 1)), two))
        .isEqualTo("400 proto: wrong wireType = 0 for field Timeseries");
    Message overflow = new Message().raw(series);
    for (int i = 0; i < 11; i++) {
      overflow.raw(0xff);
    }
    assertThat(send(Server.snappy(overflow.toBytes()), two))
        .isEqualTo("400 proto: integer overflow");
    // A length of 2^63, and one of 2^40.
    Message negative = new Message().raw(series);
    for (int i = 0; i < 9; i++) {
      negative.raw(0x80);
    }
    assertThat(send(Server.snappy(negative.raw(1).toBytes()), two))
        .isEqualTo("400 proto: negative length found during unmarshaling");
    assertThat(send(Server.snappy(bytes(series, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20)), two))
        .isEqualTo("400 unexpected EOF");
    assertThat(server.stored()).isEmpty();
  }

  @Test
  void refusesSymbolsThatComeAgainAndAgain() throws Exception {
    Message request = new Message();
    for (String symbol : List.of("", "__name__", "a", "large", "x".repeat(1_000_000), "i")) {
      request.text(4, symbol);
    }
    for (int i = 0; i < 1000; i++) {
      request.text(4, "" + i);
      Message series = new Message().message(2, Messages.sample(1, T));
      for (int ref : new int[] {1, 2, 3, 4, 5, 6 + i}) {
        series.varint(1, ref);
      }
      request.message(5, series);
    }

    assertThat(send(Server.snappy(request.toBytes()), true))
        .isEqualTo(
            "400 labels of all series of the request have more than 16777216 bytes and 64 for each"
                + " byte of it");
    assertThat(server.stored()).isEmpty();
  }

  /** Series of one sample each, all with the same help. */
  private static byte[] withHelp(int bytes, int series) {
    Message request = new Message();
    for (String symbol : List.of("", "__name__", "x".repeat(bytes))) {
      request.text(4, symbol);
    }
    for (int i = 0; i < series; i++) {
      request.text(4, "a" + i);
      request.message(
          5,
          new Message()
              .varint(1, 1)
              .varint(1, 3 + i)
              .message(2, Messages.sample(1, T))
              .message(5, new Message().varint(1, 1).varint(3, 2)));
    }
    return Server.snappy(request.toBytes());
  }

  @Test
  void refusesHelpThatComesAgainAndAgain() throws Exception {
    try (Server keeping = new Server("metadata-wal-records")) {
      FakeRequest large = Server.post(withHelp((1 << 20) + 1, 2));
      assertThat(keeping.send(large.withHeader("Content-Type", Server.V2)).answer())
          .startsWith("400 ")
          .contains("help and unit have more than 1048576 bytes");
      FakeRequest often = Server.post(withHelp(1_000_000, 1000));
      assertThat(keeping.send(often.withHeader("Content-Type", Server.V2)).answer())
          .startsWith("400 labels of all series of the request have more than 16777216 bytes");
      assertThat(keeping.stored()).isEmpty();
      FakeRequest few = Server.post(withHelp(1_000_000, 3));
      assertThat(keeping.send(few.withHeader("Content-Type", Server.V2)).status()).isEqualTo(204);
    }
  }

  @Test
  void storesNothingOfARequestThatBreaksOff() throws Exception {
    Message good =
        Messages.labels(new Message(), "__name__", "a").message(2, Messages.sample(1, T));
    Message request = new Message();
    for (int i = 0; i < 10_000; i++) {
      request.message(
          1, Messages.labels(new Message(), "__name__", "a" + i).message(2, Messages.sample(1, T)));
    }

    assertThat(send(Server.snappy(request.message(1, good).raw(0x0a).toBytes()), false))
        .isEqualTo("400 unexpected EOF");
    assertThat(server.stored()).isEmpty();
  }

  @Test
  void refusesHugeHistograms() throws Exception {
    long[] deltas = new long[HistogramParts.MOST + 1];
    Message histogram = new Message().packedZigzag(12, deltas).varint(15, T);

    assertThat(
            server.send(
                new Message()
                    .message(
                        1, Messages.labels(new Message(), "__name__", "a").message(4, histogram))))
        .isEqualTo("400 cannot read a histogram: got more than 65536 buckets or spans on one side");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void answersWhateverComes(boolean two) throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Message histogram =
        new Message()
            .varint(1, 3)
            .float64(3, 1)
            .message(11, new Message().zigzag(1, 0).varint(2, 2))
            .packedZigzag(12, 1, 1)
            .varint(15, T);
    Message exemplar = new Message().float64(2, 1).varint(3, T);
    byte[] one =
        new Message()
            .message(
                1,
                Messages.labels(new Message(), "__name__", "up", "job", "a", "zone", "é")
                    .message(2, Messages.sample(1, T))
                    .message(3, exemplar)
                    .message(4, histogram))
            .toBytes();
    byte[] second =
        new Message()
            .text(4, "")
            .text(4, "__name__")
            .text(4, "up")
            .message(
                5,
                new Message()
                    .packed(1, 1, 2)
                    .message(2, Messages.sample(1, T))
                    .message(4, exemplar)
                    .message(5, new Message().varint(1, 1).varint(3, 2)))
            .message(5, new Message().packed(1, 1, 2).message(3, histogram))
            .toBytes();
    for (int round = 0; round < 20_000; round++) {
      byte[] body = (two ? second : one).clone();
      for (int i = random.nextInt(4); i >= 0; i--) {
        body[random.nextInt(body.length)] = (byte) random.nextInt(256);
      }
      body =
          Arrays.copyOf(body, random.nextInt(4) == 0 ? random.nextInt(body.length) : body.length);
      byte[] packed = Server.snappy(body);
      if (random.nextInt(4) == 0) {
        packed[random.nextInt(packed.length)] = (byte) random.nextInt(256);
      }
      assertThat(send(packed, two)).as("seed %d", seed).matches("(?s)204|400 .*");
    }
  }
}
