package io.narthex.ingest.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.config.Defaults;
import io.narthex.api.web.MemoryBudget;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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

  @Test
  void refusesMessagesThatBreakOff() throws Exception {
    Random random = new Random(5);
    Message request = JsonRequestTest.request(random);
    byte[] whole = request.toBytes();
    for (int n = 1; n < whole.length; n++) {
      String answer = server.send(Arrays.copyOf(whole, n), Server.PROTOBUF);
      // Between two resources it is a message; of a shorter one.
      assertThat(answer).as("%d bytes", n).matches("(?s)(200|400|500) .*");
    }
    byte[] json = request.toJson().getBytes(StandardCharsets.UTF_8);
    for (int n = 0; n < json.length; n++) {
      assertThat(server.send(Arrays.copyOf(json, n), Server.JSON))
          .as("%d bytes", n)
          .startsWith("400 ");
    }
  }

  @Test
  void storesNothingOfAMessageThatBreaksOffLate() throws Exception {
    Message[] gauges = new Message[9000];
    for (int i = 0; i < gauges.length; i++) {
      gauges[i] = Message.gauge("g" + i, "", Message.number(T, 1));
    }
    assertThat(server.send(Message.request(gauges).raw(0x0a, 0x05)))
        .isEqualTo("400 unexpected EOF");
    assertThat(server.stored()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {65, 2000, 100_000})
  void refusesAttributesThatNestTooDeep(int depth) throws Exception {
    byte[] value = new Message().bool(2, "boolValue", true).toBytes();
    // As one array, because writing each level anew takes the square of the depth.
    byte[] nested = new byte[value.length + depth * 12];
    int at = nested.length - value.length;
    System.arraycopy(value, 0, nested, at, value.length);
    for (int i = 0; i < depth; i++) {
      at = prepend(nested, at, 1);
      at = prepend(nested, at, 5);
    }
    byte[] deep = Arrays.copyOfRange(nested, at, nested.length);
    String answer = server.send(withAttribute(deep).toBytes(), Server.PROTOBUF);
    assertThat(answer)
        .isEqualTo("400 cannot read an attribute: got values that are nested more than 64 deep");
  }

  private static int prepend(byte[] into, int at, int field) {
    int length = into.length - at;
    int bytes = length < 1 << 7 ? 1 : length < 1 << 14 ? 2 : length < 1 << 21 ? 3 : 4;
    int start = at - bytes - 1;
    into[start] = (byte) (field << 3 | 2);
    for (int i = 0; i < bytes; i++) {
      into[start + 1 + i] = (byte) (((length >>> (7 * i)) & 0x7f) | (i < bytes - 1 ? 0x80 : 0));
    }
    return start;
  }

  private static Message withAttribute(byte[] value) {
    Message attribute = new Message().text(1, "key", "k").hex(2, "value", value);
    return Message.request(
        Message.gauge("g", "", Message.number(T, 1).add(7, "attributes", attribute)));
  }

  @Test
  void refusesMapsThatWouldBecomeLong() throws Exception {
    for (int length : new int[] {500_000, 5 << 20}) {
      Message text = new Message().text(1, "stringValue", "\u0001".repeat(length));
      Message map =
          new Message()
              .add(1, "values", new Message().text(1, "key", "k").message(2, "value", text));
      byte[] value = new Message().message(6, "kvlistValue", map).toBytes();
      assertThat(server.send(withAttribute(value).toBytes(), Server.PROTOBUF))
          .isEqualTo("400 cannot read an attribute: got a list or map of more than 1048576 bytes");
    }
  }

  @Test
  void refusesWhatIsNoText() throws Exception {
    byte[] bad = {(byte) 0xc3, '('};
    assertThat(server.send(withAttribute(new Message().hex(1, "stringValue", bad).toBytes())))
        .isEqualTo("400 proto: string field contains invalid UTF-8");
    assertThat(
            server.send(
                Message.request(
                    new Message()
                        .hex(1, "name", bad)
                        .message(5, "gauge", new Message().add(1, "dataPoints", new Message())))))
        .isEqualTo("400 proto: string field contains invalid UTF-8");
  }

  @Test
  void refusesHistogramsOfTooManyBuckets() throws Exception {
    long[] counts = new long[Counts.MAX + 1];
    assertThat(
            server.send(
                Message.request(
                    Message.histogram(
                        "h", "", 2, Message.point(0, T).packedFixed(6, "bucketCounts", counts)))))
        .isEqualTo("400 cannot read a histogram: got more than 65536 buckets");
    assertThat(
            server.send(
                Message.request(
                    Message.exponential(
                        "e",
                        "",
                        2,
                        Message.point(0, T)
                            .message(
                                8,
                                "positive",
                                new Message()
                                    .zigzag(1, "offset", Integer.MAX_VALUE)
                                    .packedVarints(2, "bucketCounts", 1))))))
        .startsWith("400 cannot read a histogram: got buckets up to index 2147483648");
  }

  @Test
  void sortsManyAttributesInTime() throws Exception {
    Message point = Message.point(0, T).float64(4, "asDouble", 1);
    for (int i = 0; i < 50_000; i++) {
      point.add(
          7,
          "attributes",
          Message.attribute("k" + Integer.reverse(i), new Message().text(1, "stringValue", "v")));
    }
    assertThat(server.send(Message.request(Message.gauge("g", "", point)))).isEqualTo("200 ");
    assertThat(server.budget.taken()).isLessThanOrEqualTo(2L * Workspace.KEPT);
  }

  @Test
  void boundsTheSamplesOfTargetInfo() throws Exception {
    String[] resource = {"service.name", "s", "x", "y"};
    Message gauge =
        Message.gauge("g", "", Message.number(-1, 1, "a", "1"), Message.number(T, 1, "a", "2"));
    byte[] body = Message.resource(resource, gauge).toBytes();

    assertThat(OtlpFuzz.read(body, 0)).isLessThan(Translator.MAX_INFO_SAMPLES + 10);
    byte[] spread =
        Message.resource(
                resource,
                Message.gauge(
                    "g", "", Message.number(1, 1, "a", "1"), Message.number(T * 1000, 1, "a", "2")))
            .toBytes();
    assertThat(OtlpFuzz.read(spread, 0))
        .isBetween(Translator.MAX_INFO_SAMPLES, Translator.MAX_INFO_SAMPLES + 10);
  }

  @Test
  void boundsTheSamplesOfTargetInfoOfARequest() throws Exception {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int i = 0; i < 300; i++) {
      String[] resource = {"service.name", "s" + i, "x", "y"};
      body.write(
          Message.resource(
                  resource,
                  Message.gauge("g", "", Message.number(1, 1), Message.number(T * 1000, 1)))
              .toBytes());
    }

    assertThat(OtlpFuzz.read(body.toByteArray(), 0))
        .isBetween(900, Translator.MAX_REQUEST_INFO_SAMPLES + 2000);
  }

  @Test
  @Timeout(60)
  void joinsManyValuesOfOneNameInTime() throws Exception {
    byte[] body = times(7, keyValue("k", "v"), 250_000);

    assertThat(OtlpFuzz.read(body, 0)).isEqualTo(1);
  }

  @Test
  void refusesASeriesWithLabelsThatNobodyCouldRead() throws Exception {
    byte[] body =
        Message.resource(
                new String[] {"service.name", "s".repeat(1 << 20)},
                Message.gauge("g", "", Message.number(T, 1)))
            .toBytes();

    assertThat(server.send(body, Server.PROTOBUF))
        .startsWith("400 labels of a series have more than 1048576 bytes");
  }

  @Test
  void refusesLabelsThatComeAgainAndAgain() throws Exception {
    Message[] gauges = new Message[1000];
    for (int i = 0; i < gauges.length; i++) {
      gauges[i] = Message.gauge("g" + i, "", Message.number(T, 1));
    }
    byte[] body =
        Message.resource(new String[] {"service.name", "s".repeat(1 << 19)}, gauges).toBytes();

    assertThat(server.send(body, Server.PROTOBUF))
        .isEqualTo(
            "400 labels of all series of the request have more than 16777216 bytes and 128 for each"
                + " byte of it");
    assertThat(server.stored()).isEmpty();
  }

  @Test
  void refusesMoreAttributesAndExemplarsThanAnyoneHas() throws Exception {
    assertThat(server.send(times(7, keyValue("k", ""), 300_000), Server.PROTOBUF))
        .isEqualTo("400 cannot read attributes: got more than 262144 in one place");
    Message exemplar = new Message().float64(3, "asDouble", 1);
    byte[] point = times(5, exemplar, 70_000, 7);
    assertThat(server.send(point, Server.PROTOBUF))
        .isEqualTo("400 cannot read a data point: got more than 65536 exemplars");
  }

  private static byte[] times(int field, Message part, int times) throws Exception {
    return times(field, part, times, 5);
  }

  /** A request with a data point that has a part again and again. */
  private static byte[] times(int field, Message part, int times, int kind) throws Exception {
    byte[] one = new Message().add(field, "part", part).toBytes();
    ByteArrayOutputStream point = new ByteArrayOutputStream();
    point.write(Message.number(T, 1).toBytes());
    for (int i = 0; i < times; i++) {
      point.write(one);
    }
    Message data = new Message().hex(1, "dataPoints", point.toByteArray());
    data.varint(2, "aggregationTemporality", 2);
    return Message.request(new Message().text(1, "name", "g").message(kind, "data", data))
        .toBytes();
  }

  private static Message keyValue(String key, String value) {
    return Message.attribute(key, new Message().text(1, "stringValue", value));
  }

  @Test
  void keepsNoLargeBodyBetweenRequests() throws Exception {
    Message gauge = Message.gauge("g", "", Message.number(T, 1, "a", "v"));
    // A field that nobody knows.
    byte[] body = Message.request(gauge).text(15, "unknown", "v".repeat(5 << 20)).toBytes();
    OtlpConfig config = Defaults.of(OtlpConfig.class);
    TranslatorSettings settings =
        new TranslatorSettings(
            config, new Names(config), false, false, false, new DeltaStreams(), 1, T);
    Workspaces workspaces = new Workspaces(new MemoryBudget(1 << 28), new Random(1), 1);
    Workspace workspace = workspaces.take(settings);
    workspace.read(new ByteArrayInputStream(body), body.length);
    Buffer message = workspace.message(false);
    WeakReference<byte[]> bytes = new WeakReference<>(message.bytes);
    workspace.transaction.begin(new OtlpFuzz.Watcher(), Long.MAX_VALUE, body.length, false);
    workspace.translator.read(message.bytes, message.length, settings, workspace.transaction);
    workspace.transaction.end();
    workspaces.giveBack(workspace);

    for (int i = 0; i < 50 && bytes.get() != null; i++) {
      System.gc();
    }
    assertThat(bytes.get()).isNull();
    assertThat(workspaces.take(settings)).isNotNull();
    Reference.reachabilityFence(workspaces);
  }

  @Test
  void saysSoWhenThereIsNoRoom() throws Exception {
    assertThat(server.budget.take(200 << 20)).isTrue();

    assertThat(server.send(Message.request())).isEqualTo("503 too much OTLP data at a time");
    server.budget.release(200 << 20);
    assertThat(server.send(Message.request())).isEqualTo("200 ");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void readsWhateverComes(boolean isJson) throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    int samples = 0;
    for (int round = 0; round < 6000; round++) {
      Message request = JsonRequestTest.request(random);
      byte[] body = isJson ? request.toJson().getBytes(StandardCharsets.UTF_8) : request.toBytes();
      for (int i = random.nextInt(4); i > 0; i--) {
        body[random.nextInt(body.length)] = (byte) random.nextInt(256);
      }
      if (random.nextInt(4) == 0) {
        body = Arrays.copyOf(body, random.nextInt(body.length));
      }
      int choice = random.nextInt(16) << 1 | (isJson ? 1 : 0);
      try {
        samples += OtlpFuzz.read(body, choice);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + " round " + round + " choice " + choice, e);
      }
    }
    assertThat(samples).as("seed %d", seed).isPositive();
  }
}
