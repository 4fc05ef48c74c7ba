package io.narthex.query.remoteread;

import static io.narthex.query.remoteread.Stored.NOW;
import static io.narthex.query.remoteread.Stored.matcher;
import static io.narthex.query.remoteread.Stored.query;
import static io.narthex.query.remoteread.Stored.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.access.Access;
import io.narthex.api.access.QueryLimits;
import io.narthex.api.access.QueryTurns;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import io.narthex.api.model.StaleMarker;
import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import io.narthex.api.wire.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RemoteReadTest {
  private static final int EQ = 0;
  private static final int RE = 2;
  private static final Message ALL = matcher(RE, "__name__", ".+");

  private Stored stored;

  @BeforeEach
  void open() throws Exception {
    stored = new Stored(Map.of("region", "eu", "replica", "a"));
  }

  @AfterEach
  void close() throws Exception {
    assertThat(stored.budget.taken()).isZero();
    assertThat(stored.metrics.queries.get()).isZero();
    stored.close();
  }

  private static Labels up(String instance) {
    return Labels.of("__name__", "up", "instance", instance);
  }

  @Test
  void answersEitherWayWithSamplesAndExternalLabelsThatAreLacking() throws Exception {
    stored.store(up("one"), NOW - 2000, 1, NOW - 1000, -0.0, NOW, 2.5);
    stored.store(Labels.of("__name__", "up", "region", "us"), NOW, 3);
    List<String> want =
        List.of(
            "0 __name__=up,instance=one,region=eu,replica=a "
                + (NOW - 1000)
                + " "
                + Answer.text(-0.0),
            "0 __name__=up,instance=one,region=eu,replica=a " + NOW + " " + Answer.text(2.5),
            "0 __name__=up,region=us,replica=a " + NOW + " " + Answer.text(3));

    assertThat(stored.samples(query(NOW - 1500, NOW, ALL)).lines)
        .containsExactlyInAnyOrderElementsOf(want);
    assertThat(stored.chunks(query(NOW - 1500, NOW, ALL)).lines).isEqualTo(want);
  }

  @Test
  void takesAMatcherOfAnExternalLabelForOneOfItsAbsence() throws Exception {
    stored.store(up("one"), NOW, 1);
    stored.store(Labels.of("__name__", "up", "region", "us"), NOW, 3);

    assertThat(stored.samples(query(NOW, NOW, ALL, matcher(EQ, "region", "eu"))).lines)
        .containsExactly(
            "0 __name__=up,instance=one,region=eu,replica=a " + NOW + " " + Answer.text(1));
    assertThat(stored.chunks(query(NOW, NOW, ALL, matcher(EQ, "region", "us"))).lines)
        .containsExactly("0 __name__=up,region=us,replica=a " + NOW + " " + Answer.text(3));
    // Only equality is taken for that, as upstream.
    assertThat(stored.samples(query(NOW, NOW, ALL, matcher(RE, "region", "eu"))).lines).isEmpty();
  }

  private static Access seeing(QueryLimits limits, Matcher... matchers) {
    return new Access("ann", List.of(List.of(matchers)), limits);
  }

  @Test
  void givesNobodyWhatIsHiddenWhateverExternalLabelsThereAre() throws Exception {
    stored.store(up("one"), NOW, 1);
    stored.store(Labels.of("__name__", "up", "region", "eu", "instance", "own"), NOW, 2);
    stored.store(Labels.of("__name__", "up", "region", "us"), NOW, 3);
    Message[] asked = {
      query(NOW, NOW, ALL),
      query(NOW, NOW, ALL, matcher(EQ, "region", "eu")),
      query(NOW, NOW, ALL, matcher(EQ, "region", "us")),
      query(NOW, NOW, matcher(EQ, "region", "")),
      query(NOW, NOW, ALL).message(4, new Message().text(2, "series")),
    };
    List<Access> accesses =
        List.of(
            seeing(QueryLimits.NONE, Matcher.equal("region", "eu")),
            new Access(
                "ann",
                List.of(
                    List.of(Matcher.equal("region", "eu"), Matcher.equal("instance", "own")),
                    List.of(Matcher.of(Matcher.Type.REGEX, "region", "e.+"))),
                QueryLimits.NONE));
    for (Access access : accesses) {
      stored.access = access;
      List<String> lines = new ArrayList<>(stored.samples(asked).lines);
      lines.addAll(stored.chunks(asked).lines);
      // What is stored counts: the series without a region is not one of the region eu.
      assertThat(lines).isNotEmpty().allMatch(line -> line.contains("instance=own,region=eu"));
    }
    stored.access = seeing(QueryLimits.NONE, Matcher.equal("region", ""));
    assertThat(stored.samples(query(NOW, NOW, ALL)).lines)
        .allMatch(line -> line.contains("instance=one"))
        .hasSize(1);
  }

  @Test
  void aUserHasLimitsOfHisOwn() throws Exception {
    stored.store(up("one"), NOW - 2000, 1, NOW - 1000, 2, NOW, 3);
    stored.access = seeing(new QueryLimits(2, Duration.ZERO, 1), Matcher.equal("instance", "one"));
    for (int type : new int[] {Stored.SAMPLES, Stored.CHUNKS}) {
      assertThat(stored.refusal(request(type, query(0, NOW, ALL))))
          .isEqualTo("422 too many samples: the limit of user \"ann\" is 2");
    }
    assertThat(stored.chunks(query(0, NOW - 1000, ALL)).lines).hasSize(2);
    try (QueryTurns.Turn turn = stored.turns.begin(stored.access)) {
      FakeResponse response =
          stored.send(Stored.snappy(request(Stored.CHUNKS, query(0, NOW, ALL)).toBytes()));
      assertThat(response.status()).isEqualTo(429);
      assertThat(response.text())
          .isEqualTo(
              "too many queries at a time: the limit of user \"ann\" is 1, try again when one has"
                  + " ended\n");
      assertThat(response.headers()).containsEntry("Retry-After", "1");
    }
    assertThat(stored.refusal(new Message().text(1, "no request"))).startsWith("4");
    assertThat(stored.turns.running("ann")).isZero();
  }

  @Test
  void answersEachQueryInItsPlaceAndHoldsHintsForBounds() throws Exception {
    stored.store(up("one"), NOW - 2000, 1, NOW - 1000, 2, NOW, 3);
    Message hints = new Message().varint(3, NOW - 1500).varint(4, NOW - 500);
    Message[] queries = {
      query(NOW, NOW, matcher(EQ, "instance", "none")),
      query(0, NOW, ALL).message(4, hints),
      query(0, NOW),
      query(NOW, 0, ALL),
      query(NOW, NOW, ALL),
    };
    String labels = " __name__=up,instance=one,region=eu,replica=a ";
    List<String> want =
        List.of(
            1 + labels + (NOW - 1000) + " " + Answer.text(2),
            4 + labels + NOW + " " + Answer.text(3));

    Answer samples = stored.samples(queries);
    assertThat(samples.results).isEqualTo(5);
    assertThat(samples.lines).isEqualTo(want);
    assertThat(stored.chunks(queries).lines).isEqualTo(want);
  }

  @Test
  void givesLabelsAloneToOneWhoLooksAtSeries() throws Exception {
    stored.store(up("one"), NOW, 3);
    Message hints = new Message().text(2, "series").varint(3, 0).varint(4, NOW);

    assertThat(stored.samples(query(0, NOW, ALL).message(4, hints)).lines)
        .containsExactly("0 __name__=up,instance=one,region=eu,replica=a");
    assertThat(stored.chunks(query(0, NOW, ALL).message(4, hints)).lines).hasSize(1);
  }

  @Test
  void refusesMoreSamplesThanTheLimitButForChunks() throws Exception {
    stored.store(up("one"), NOW - 2000, 1, NOW - 1000, 2);
    stored.store(up("two"), NOW - 2000, 1, NOW - 1000, 2);
    stored.read.settings(new ReadSettings(3, 10, 1 << 20));

    assertThat(stored.refusal(request(Stored.SAMPLES, query(0, NOW, ALL))))
        .isEqualTo("400 exceeded sample limit (3)");
    assertThat(stored.chunks(query(0, NOW, ALL)).lines).hasSize(4);
    // Of one query, not of the request.
    Message half = query(0, NOW, ALL, matcher(EQ, "instance", "one"));
    assertThat(stored.samples(half, half).lines).hasSize(4);
    stored.read.settings(new ReadSettings(0, 10, 1 << 20));
    assertThat(stored.samples(query(0, NOW, ALL)).lines).hasSize(4);
  }

  @Test
  void takesTheFirstResponseTypeThatItKnows() throws Exception {
    stored.store(up("one"), NOW, 1);
    Message query = query(0, NOW, ALL);

    Message chunks = new Message().message(1, query).varint(2, 7).varint(2, 1).varint(2, 0);
    assertThat(stored.send(Stored.snappy(chunks.toBytes())).headers().get("Content-Type"))
        .startsWith("application/x-streamed-protobuf");
    Message none = new Message().message(1, query);
    assertThat(stored.send(Stored.snappy(none.toBytes())).headers().get("Content-Type"))
        .isEqualTo("application/x-protobuf");
    assertThat(stored.refusal(new Message().message(1, query).packed(2, 20, 21)))
        .isEqualTo(
            "400 server does not support any of the requested response types: [20 21]; supported:"
                + " map[SAMPLES:{} STREAMED_XOR_CHUNKS:{}]");
  }

  @Test
  void refusesMatchersThatCannotBeBeforeAnythingIsSent() throws Exception {
    stored.store(up("one"), NOW, 1);
    for (int type : new int[] {Stored.SAMPLES, Stored.CHUNKS}) {
      assertThat(
              stored.refusal(
                  request(type, query(0, NOW, ALL), query(0, NOW, matcher(RE, "a", "(")))))
          .startsWith("500 error parsing regexp: missing closing )");
      assertThat(stored.refusal(request(type, query(0, NOW, matcher(4, "a", "b")))))
          .isEqualTo("500 invalid matcher type");
    }
  }

  @Test
  void boundsFrames() throws Exception {
    Random random = new Random(1);
    Object[] samples = new Object[2 * 3000];
    for (int i = 0; i < samples.length; i += 2) {
      samples[i] = NOW - 60_000 + 10L * i;
      samples[i + 1] = random.nextDouble();
    }
    stored.store(up("one"), samples);
    stored.read.settings(new ReadSettings(0, 10, 4000));

    Answer answer = stored.chunks(query(0, NOW, ALL));
    assertThat(answer.lines).hasSize(3000);
    // Room, and the chunk that goes beyond it: at most 120 x 11 bytes and what is around.
    assertThat(answer.frames).hasSizeGreaterThan(4).allMatch(n -> n < 4000 + 1500);
    stored.read.settings(new ReadSettings(0, 10, 0));
    assertThat(stored.chunks(query(0, NOW, ALL)).frames).hasSize(3000 / 120);
  }

  @Test
  void answersEitherWayWithWhatIsStoredWhateverItIs() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    int count = 0;
    for (int s = 0; s < 40; s++) {
      List<Object> samples = new ArrayList<>();
      long time = NOW - 3_000_000L;
      double value = 0;
      int n = random.nextInt(s == 0 ? 5000 : 700);
      NativeHistogram histogram = histogram(random, null);
      int mode = random.nextInt(3);
      for (int i = 0; i < n; i++) {
        time += random.nextInt(100) == 0 ? 1 + random.nextInt(40_000) : 100;
        if (random.nextInt(100) == 0) {
          mode = random.nextInt(3);
        }
        samples.add(time);
        if (mode == 0) {
          histogram = histogram(random, random.nextInt(20) == 0 ? null : histogram);
          samples.add(histogram);
        } else if (random.nextInt(50) == 0) {
          samples.add(
              Double.longBitsToDouble(random.nextBoolean() ? StaleMarker.BITS : random.nextLong()));
        } else {
          value += mode == 1 ? random.nextInt(5) : random.nextGaussian();
          samples.add(value);
        }
        count++;
      }
      stored.store(up("i" + s), samples.toArray());
    }

    List<String> samples = stored.samples(query(0, NOW, ALL)).lines;
    List<String> chunks = stored.chunks(query(0, NOW, ALL)).lines;
    assertThat(samples).as("seed %d", seed).hasSize(count);
    assertThat(chunks).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(samples);
  }

  /** One that follows another in the same buckets, or any. */
  private static NativeHistogram histogram(Random random, NativeHistogram before) {
    if (before != null && !before.isStale() && random.nextInt(30) > 0) {
      double[] up = before.positiveBuckets().clone();
      double[] down = before.negativeBuckets().clone();
      double more = 0;
      for (double[] side : List.of(up, down)) {
        for (int i = 0; i < side.length; i++) {
          int by = random.nextInt(4);
          side[i] += by;
          more += by;
        }
      }
      return new NativeHistogram(
          before.integer(),
          before.resetHint(),
          before.schema(),
          before.zeroThreshold(),
          before.zeroCount(),
          before.count() + more,
          before.sum() + random.nextGaussian(),
          before.positiveSpans(),
          up,
          before.negativeSpans(),
          down,
          before.customBounds());
    }
    boolean integer = random.nextBoolean();
    boolean custom = random.nextInt(3) == 0;
    double[] bounds = custom ? new double[] {0.005, 1, 2.5, 1 / 3.0 + 3, 100_000} : new double[0];
    double[] up = new double[4];
    double[] down = new double[custom ? 0 : 2];
    double count = 0;
    for (double[] side : List.of(up, down)) {
      for (int i = 0; i < side.length; i++) {
        side[i] = integer ? random.nextInt(1000) : random.nextDouble();
        count += side[i];
      }
    }
    return new NativeHistogram(
        integer,
        random.nextInt(4) == 0 ? ResetHint.GAUGE : ResetHint.UNKNOWN,
        custom ? NativeHistogram.CUSTOM_BUCKETS : random.nextInt(13) - 4,
        custom ? 0 : random.nextBoolean() ? 0x1p-128 : 0.001,
        0,
        count,
        random.nextInt(20) == 0 ? StaleMarker.value() : random.nextGaussian(),
        custom
            ? List.of(new Span(0, 2), new Span(1, 2))
            : List.of(new Span(random.nextInt(9) - 4, 1), new Span(random.nextInt(300), 3)),
        up,
        custom ? List.of() : List.of(new Span(-2, 2)),
        down,
        bounds);
  }

  @Test
  void refusesWhatIsNoRequest() throws Exception {
    assertThat(stored.send(new byte[0]).answer()).isEqualTo("400 s2: corrupt input");
    assertThat(stored.send(new byte[] {8, 1, 5}).answer()).isEqualTo("400 s2: corrupt input");
    // 32 MiB and one byte; then 32 MiB out of seven bytes.
    assertThat(stored.send(new Message().raw(0x81, 0x80, 0x80, 0x10, 0, 1).toBytes()).answer())
        .isEqualTo("400 snappy: decoded length 33554433 exceeds limit 33554432");
    assertThat(stored.send(new Message().raw(0x80, 0x80, 0x80, 0x10, 0, 1, 2).toBytes()).answer())
        .isEqualTo("400 s2: corrupt input");
    assertThat(stored.refusal(new Message().raw(0x0a, 5, 1))).isEqualTo("400 unexpected EOF");
    assertThat(stored.refusal(new Message().varint(1, 1)))
        .isEqualTo("400 proto: wrong wireType = 0 for field Queries");
    assertThat(stored.refusal(new Message().message(1, new Message().text(1, "x"))))
        .isEqualTo("400 proto: wrong wireType = 2 for field StartTimestampMs");
    Message many = new Message();
    for (int i = 0; i <= ReadRequest.MOST_PARTS; i++) {
      many.raw(0x0a, 0);
    }
    assertThat(stored.refusal(many)).startsWith("400 too many queries, matchers and grouping");
  }

  @Test
  void staysUprightWhateverIsSent() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    stored.store(up("one"), NOW, 1);
    byte[] good = request(1, query(0, NOW, ALL, matcher(EQ, "instance", "one"))).toBytes();
    for (int i = 0; i < 5000; i++) {
      byte[] bad = good.clone();
      for (int j = random.nextInt(4); j >= 0; j--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
      }
      byte[] packed = Stored.snappy(bad);
      if (random.nextBoolean()) {
        packed[random.nextInt(packed.length)] = (byte) random.nextInt(256);
      }
      assertThat(stored.send(packed).status()).as("seed %d", seed).isIn(200, 400, 500);
    }
  }

  @Test
  void saysSoWhenThereIsNoRoom() throws Exception {
    stored.store(up("one"), NOW, 1);
    try (Share all = new Share(stored.budget)) {
      all.take(80 << 20);
      assertThat(stored.refusal(request(0, query(0, NOW, ALL))))
          .startsWith("503 cannot answer remote read: the requests at hand would take more than");
    }
    assertThat(stored.samples(query(0, NOW, ALL)).lines).hasSize(1);
  }

  @Test
  void aClientThatLeavesWhileItWaitsEndsItsRequest() throws Exception {
    stored.store(up("one"), NOW, 1);
    ReadGate gate = new ReadGate();
    gate.limit(1);
    gate.enter();
    Thread waiting = Thread.currentThread();
    waiting.interrupt();
    org.assertj.core.api.Assertions.assertThatThrownBy(gate::enter)
        .isInstanceOf(InterruptedException.class);
    gate.leave();
    gate.enter();
    gate.leave();

    FakeRequest request =
        FakeRequest.post("/api/v1/read", Stored.snappy(request(1, query(0, NOW, ALL)).toBytes()));
    Thread.currentThread().interrupt();
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> request.send(stored.read::handle))
        .isInstanceOf(InterruptedException.class);
  }
}
