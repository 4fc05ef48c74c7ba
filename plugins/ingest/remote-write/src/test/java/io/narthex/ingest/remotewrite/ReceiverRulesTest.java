package io.narthex.ingest.remotewrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import io.narthex.api.wire.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the <a href="https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/">specification of
 * remote write 2.0</a> (rc.4) says of receivers and of the message, point by point, and what is
 * answered: status, text, the three {@code Written} headers ({@code null} where nothing was
 * negotiated), and what is stored. Where the specification leaves it to the receiver, or asks it of
 * senders alone, the answer is that of Prometheus 3.14.
 */
class ReceiverRulesTest {
  private static final long T = Server.NOW;
  private static final String V1 = "application/x-protobuf";

  private static final Message UP =
      symbols("", "__name__", "up", "job", "a", "b", "seconds", "trace_id", "\uD83D\uDE00", "é");

  private static Message symbols(String... symbols) {
    Message request = new Message();
    for (String symbol : symbols) {
      request.text(4, symbol);
    }
    return request;
  }

  private static Message request(Message... series) {
    Message request = new Message().raw(UP);
    for (Message one : series) {
      request.message(5, one);
    }
    return request;
  }

  private static Message up(Message... samples) {
    Message series = new Message().packed(1, 1, 2);
    for (Message sample : samples) {
      series.message(2, sample);
    }
    return series;
  }

  private static Message good() {
    return new Message().packed(1, 1, 2, 3, 5).message(2, Messages.sample(7, T));
  }

  private static Message exemplar(long time, long... refs) {
    return new Message().packed(1, refs).float64(2, 0.5).varint(3, time);
  }

  private static Arguments rule(
      String rule, Message request, String status, String written, String... stored) {
    return arguments(rule, request, status, written, List.of(stored));
  }

  private static final String GOOD = "up{job=\"b\"} " + T + " 7.0";

  static Stream<Arguments> messages() {
    Message one = Messages.sample(1, T);
    Message histogram = new Message().varint(1, 0).varint(15, T);
    return Stream.of(
        rule(
            "all data written: 204, an empty body, precise numbers",
            request(up(one), good()),
            "204",
            "2 0 0",
            "up " + T + " 1.0",
            GOOD),
        rule("a request without series is written", request(), "204", "0 0 0"),
        rule("an empty message is written", new Message(), "204", "0 0 0"),
        rule(
            "a partial write: 400, the good part is stored and counted",
            request(up(one, Messages.sample(1, T + 600_001)), good()),
            "400 out of bounds: timestamp is too far in the future for series"
                + " {__name__=\"up\"}\n",
            "2 0 0",
            "up " + T + " 1.0",
            GOOD),
        rule(
            "nothing is written: 400, the numbers are 0",
            request(up(Messages.sample(1, T + 600_001))),
            "400 out of bounds: timestamp is too far in the future for series"
                + " {__name__=\"up\"}\n",
            "0 0 0"),
        rule(
            "a message that breaks off: 400, nothing is written",
            request(good()).raw(5 << 3 | 2, 99, 1),
            "400 unexpected EOF\n",
            "0 0 0"),
        rule(
            "a message of version 1 sent as version 2 is an empty one",
            new Message()
                .message(1, Messages.labels(new Message(), "__name__", "up").message(2, one)),
            "204",
            "0 0 0"),
        rule(
            "unknown fields are passed over",
            request(good().varint(60, 1).text(61, "x")).varint(62, 5),
            "204",
            "1 0 0",
            GOOD),
        // Symbols
        rule(
            "references must point to symbols",
            request(new Message().packed(1, 1, 10).message(2, one), good()),
            "400 parsing labels for series [1 10]: labelRefs 1 (name) = 10 (value) outside of"
                + " symbols table (size 10)\n",
            "1 0 0",
            GOOD),
        rule(
            "references are numbers without a sign",
            request(new Message().packed(1, 0xffff_ffffL, 1).message(2, one)),
            "400 parsing labels for series [4294967295 1]: labelRefs 4294967295 (name) = 1 (value)"
                + " outside of symbols table (size 10)\n",
            "0 0 0"),
        rule(
            "references come in pairs",
            request(new Message().packed(1, 1, 2, 3).message(2, one), good()),
            "400 parsing labels for series [1 2 3]: invalid labelRefs length 3\n",
            "1 0 0",
            GOOD),
        rule(
            "the table of symbols must be there",
            new Message().message(5, up(one)),
            "400 parsing labels for series [1 2]: labelRefs 1 (name) = 2 (value) outside of symbols"
                + " table (size 0)\n",
            "0 0 0"),
        rule(
            "the first symbol is empty: of senders; what stands there is taken",
            symbols("up", "__name__").message(5, new Message().packed(1, 1, 0).message(2, one)),
            "204",
            "1 0 0",
            "up " + T + " 1.0"),
        rule(
            "symbols are not repeated: of senders",
            symbols("", "__name__", "up", "__name__")
                .message(5, new Message().packed(1, 3, 2).message(2, one)),
            "204",
            "1 0 0",
            "up " + T + " 1.0"),
        rule(
            "references of metadata must point to symbols",
            request(up(one).message(5, new Message().varint(4, 77)), good()),
            "400 parsing metadata for series [1 2]: metadata refs 77 (unit), 0 (help) outside of"
                + " symbols table (size 10)\n",
            "1 0 0",
            GOOD),
        // Series
        rule(
            "labels must be there",
            request(new Message().message(2, one)),
            "400 invalid metric name or labels, got {}\n",
            "0 0 0"),
        rule(
            "a metric's name should be there, and must for Prometheus",
            request(new Message().packed(1, 3, 4).message(2, one), good()),
            "400 invalid metric name or labels, got {job=\"a\"}\n",
            "1 0 0",
            GOOD),
        rule(
            "names of labels must not be empty",
            request(new Message().packed(1, 1, 2, 0, 4).message(2, one)),
            "400 invalid metric name or labels, got {\"\"=\"a\", __name__=\"up\"}\n",
            "0 0 0"),
        rule(
            "values of labels must not be empty: of senders; they mean no label",
            request(new Message().packed(1, 1, 2, 3, 0).message(2, one)),
            "204",
            "1 0 0",
            "up " + T + " 1.0"),
        rule(
            "names of labels must not be repeated",
            request(new Message().packed(1, 1, 2, 3, 4, 3, 5).message(2, one)),
            "400 invalid labels for series, labels {__name__=\"up\", job=\"a\", job=\"b\"},"
                + " duplicated label job\n",
            "0 0 0"),
        rule(
            "names of labels must be sorted: of senders",
            request(new Message().packed(1, 3, 4, 1, 2).message(2, one)),
            "204",
            "1 0 0",
            "up{job=\"a\"} " + T + " 1.0"),
        rule(
            "names and values are any UTF-8",
            request(new Message().packed(1, 1, 8, 9, 8).message(2, one)),
            "204",
            "1 0 0",
            "{\"\uD83D\uDE00\", \"é\"=\"\uD83D\uDE00\"} " + T + " 1.0"),
        rule(
            "what is no UTF-8 is refused",
            new Message()
                .raw(UP)
                .bytes(4, new byte[] {(byte) 0xff})
                .message(5, new Message().packed(1, 1, 2, 3, 10).message(2, one)),
            "400 invalid metric name or labels, got {__name__=\"up\", job=\"\uFFFD\"}\n",
            "0 0 0"),
        rule(
            "the same labels may come more than once",
            request(up(one), up(Messages.sample(2, T + 1))),
            "204",
            "2 0 0",
            "up " + T + " 1.0",
            "up " + (T + 1) + " 2.0"),
        // Samples and histograms
        rule(
            "at least one sample or histogram must be there",
            request(up(), good()),
            "400 TimeSeries must contain at least one sample or histogram for series"
                + " {__name__=\"up\"}\n",
            "1 0 0",
            GOOD),
        rule(
            "an exemplar alone is not enough",
            request(up().message(4, exemplar(T))),
            "400 TimeSeries must contain at least one sample or histogram for series"
                + " {__name__=\"up\"}\n",
            "0 0 0"),
        rule(
            "samples and histograms must not be mixed: of senders; both are taken",
            request(up(one).message(3, new Message().varint(1, 0).varint(15, T + 1))),
            "204",
            "1 1 0",
            "up " + T + " 1.0",
            "up " + (T + 1) + " int 0.0 0.0 schema 0 zero 0.0 + [] - [] bounds [] UNKNOWN"),
        rule(
            "samples must be sorted by time: what the storage refuses is told",
            request(up(Messages.sample(1, T), Messages.sample(2, T - 1)), good()),
            "400 out of order sample for series {__name__=\"up\"}\n",
            "2 0 0",
            "up " + T + " 1.0",
            GOOD),
        rule(
            "another value at the same time is refused",
            request(up(Messages.sample(1, T), Messages.sample(2, T)), good()),
            "400 duplicate sample for timestamp "
                + T
                + "; overrides not allowed: existing 1, new value 2 for series"
                + " {__name__=\"up\"}\n",
            "2 0 0",
            "up " + T + " 1.0",
            GOOD),
        rule(
            "the same value at the same time is written",
            request(up(one, one)),
            "204",
            "2 0 0",
            "up " + T + " 1.0"),
        rule(
            "stale markers are kept",
            request(up(Messages.sample(Double.longBitsToDouble(0x7ff0000000000002L), T))),
            "204",
            "1 0 0",
            "up " + T + " NaN"),
        rule(
            "a start timestamp is optional, 0 is none, and it is no reason to refuse a sample",
            request(
                up(Messages.sample(1, T).varint(3, T - 5), Messages.sample(2, T + 1).varint(3, 0))),
            "204",
            "2 0 0",
            "up " + T + " 1.0",
            "up " + (T + 1) + " 2.0"),
        rule(
            "a start timestamp behind the sample is no reason to refuse it",
            request(up(Messages.sample(1, T).varint(3, T + 5))),
            "204",
            "1 0 0",
            "up " + T + " 1.0"),
        rule(
            "histograms are counted on their own",
            request(up().message(3, histogram), good()),
            "204",
            "1 1 0",
            "up " + T + " int 0.0 0.0 schema 0 zero 0.0 + [] - [] bounds [] UNKNOWN",
            GOOD),
        rule(
            "histograms may have custom buckets",
            request(
                up().message(
                        3,
                        new Message()
                            .float64(2, 3)
                            .float64(3, 4.5)
                            .zigzag(4, -53)
                            .message(11, new Message().varint(2, 2))
                            .packedDoubles(13, 1, 2)
                            .packedDoubles(16, 0.5, 1)
                            .varint(15, T))),
            "204",
            "0 1 0",
            "up "
                + T
                + " float 3.0 4.5 schema -53 zero 0.0 + [1.0, 2.0] - [] bounds [0.5, 1.0]"
                + " UNKNOWN"),
        rule(
            "histograms of a schema above 8 are brought to 8",
            request(
                up().message(
                        3,
                        new Message()
                            .varint(1, 3)
                            .zigzag(4, 9)
                            .message(11, new Message().zigzag(1, 1).varint(2, 2))
                            .packedZigzag(12, 1, 1)
                            .varint(15, T))),
            "204",
            "0 1 0",
            "up " + T + " int 3.0 0.0 schema 8 zero 0.0 + [3.0] - [] bounds [] UNKNOWN"),
        rule(
            "a histogram that cannot be is refused, the rest is written",
            request(up().message(3, new Message().varint(1, 5).varint(15, T)), good()),
            "400 0 observations found in buckets, but the Count field is 5: histogram's observation"
                + " count should equal the number of observations found in the buckets (in absence"
                + " of NaN) for series {__name__=\"up\"}\n",
            "1 0 0",
            GOOD),
        rule(
            "a histogram whose spans cover nothing is refused, the rest is written",
            request(up().message(3, new Message().packedZigzag(12, 1).varint(15, T)), good()),
            "400 positive side: spans need 0 buckets, have 1 buckets: histogram spans specify"
                + " different number of buckets than provided for series {__name__=\"up\"}\n",
            "1 0 0",
            GOOD),
        // Metadata
        rule(
            "metadata should be there: what has none is written",
            request(up(one)),
            "204",
            "1 0 0",
            "up " + T + " 1.0"),
        rule(
            "types that nobody knows are no reason to refuse a series",
            request(up(one).message(5, new Message().varint(1, 99).varint(4, 6))),
            "204",
            "1 0 0",
            "up " + T + " 1.0"),
        // Exemplars
        rule(
            "exemplars are counted on their own",
            request(up(one).message(4, exemplar(T, 7, 4)).message(4, exemplar(T + 1))),
            "204",
            "1 0 2",
            "up " + T + " 1.0"),
        rule(
            "references of exemplars must be good: the sample is written",
            request(up(one).message(4, exemplar(T, 7, 99)).message(4, exemplar(T, 7))),
            "400 parsing exemplar for series {__name__=\"up\"}: labelRefs 7 (name) = 99 (value)"
                + " outside of symbols table (size 10)\n"
                + "parsing exemplar for series {__name__=\"up\"}: invalid labelRefs length 1\n",
            "1 0 0",
            "up " + T + " 1.0"),
        rule(
            "exemplars far ahead are left out",
            request(up(one).message(4, exemplar(T + 600_001))),
            "204",
            "1 0 0",
            "up " + T + " 1.0"),
        rule(
            "problems are told in the order of the request",
            request(
                up(one, Messages.sample(1, T - 1)),
                new Message().packed(1, 3, 4).message(2, one),
                good().message(2, Messages.sample(1, T - 2)),
                new Message().packed(1, 1)),
            "400 out of order sample for series {__name__=\"up\"}\n"
                + "invalid metric name or labels, got {job=\"a\"}\n"
                + "out of order sample for series {__name__=\"up\", job=\"b\"}\n"
                + "parsing labels for series [1]: invalid labelRefs length 1\n",
            "2 0 0",
            "up " + T + " 1.0",
            GOOD));
  }

  private static String written(FakeResponse exchange) {
    return exchange.headers().get("X-Prometheus-Remote-Write-Samples-Written")
        + " "
        + exchange.headers().get("X-Prometheus-Remote-Write-Histograms-Written")
        + " "
        + exchange.headers().get("X-Prometheus-Remote-Write-Exemplars-Written");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("messages")
  void message(String rule, Message request, String answer, String written, List<String> stored)
      throws Exception {
    try (Server server = new Server()) {
      FakeResponse exchange = server.sendTwo(request);

      assertThat(exchange.answer()).as(rule).isEqualTo(answer.strip());
      assertThat(written(exchange)).as(rule).isEqualTo(written);
      assertThat(server.stored()).as(rule).isEqualTo(stored);
    }
  }

  @Test
  void lateExemplarsAreRefusedAndTheRestIsWritten() throws Exception {
    try (Server server = new Server()) {
      FakeResponse first =
          server.sendTwo(request(up(Messages.sample(1, T)).message(4, exemplar(T))));
      FakeResponse second =
          server.sendTwo(
              request(
                  up(Messages.sample(1, T + 1))
                      .message(4, exemplar(T))
                      .message(4, exemplar(T - 1))
                      .message(4, exemplar(T + 1))));

      assertThat(written(first)).isEqualTo("1 0 1");
      assertThat(second.answer())
          .isEqualTo("400 out of order exemplar for series {__name__=\"up\"}");
      assertThat(written(second)).isEqualTo("1 0 2");
    }
  }

  static Stream<Arguments> negotiations() {
    byte[] body = Server.snappy(request(good()).toBytes());
    String none = "null null null";
    return Stream.of(
        arguments("version 2 by its name", Server.V2, "snappy", body, "204", "1 0 0"),
        arguments("version 1 without a name", V1, "snappy", body, "204", "0 0 0"),
        arguments(
            "version 1 by its name",
            V1 + ";proto=prometheus.WriteRequest",
            "snappy",
            body,
            "204",
            "0 0 0"),
        arguments(
            "spaces are no parameter", V1 + "; version=2.0.0", "snappy", body, "204", "0 0 0"),
        arguments(
            "an unknown media type: 415",
            "application/json",
            "snappy",
            body,
            "415 expected application/x-protobuf as the first (media) part, got application/json"
                + " content-type",
            none),
        arguments(
            "an unknown message: 415",
            V1 + ";proto=io.prometheus.write.v3.Request",
            "snappy",
            body,
            "415 got application/x-protobuf;proto=io.prometheus.write.v3.Request content type;"
                + " unknown type for remote write protobuf message io.prometheus.write.v3.Request,"
                + " supported: prometheus.WriteRequest, io.prometheus.write.v2.Request",
            none),
        arguments(
            "an unknown encoding: 415, whatever the body",
            Server.V2,
            "deflate",
            new byte[] {'0', 1},
            "415 deflate encoding (compression) is not accepted by this server; only snappy is"
                + " acceptable",
            none),
        arguments(
            "gzip: 415, whatever the body",
            Server.V2,
            "gzip",
            new byte[] {'0', 1},
            "415 gzip encoding (compression) is not accepted by this server; only snappy is"
                + " acceptable",
            none),
        arguments(
            "Snappy's framed format: 400",
            Server.V2,
            "snappy",
            new byte[] {(byte) 0xff, 6, 0, 0, 's', 'N', 'a', 'P', 'p', 'Y'},
            "400 s2: corrupt input\n",
            "0 0 0"),
        arguments("no encoding is Snappy", Server.V2, "", body, "204", "1 0 0"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("negotiations")
  void negotiation(
      String rule, String type, String encoding, byte[] body, String answer, String written)
      throws Exception {
    try (Server server = new Server()) {
      FakeRequest request = Server.post(body).withHeader("Content-Type", type);
      if (!encoding.isEmpty()) {
        request.withHeader("Content-Encoding", encoding);
      }
      FakeResponse exchange = server.send(request);

      assertThat(exchange.answer()).as(rule).isEqualTo(answer.strip());
      assertThat(written(exchange)).as(rule).isEqualTo(written);
    }
  }

  /** 5xx is for what the sender is to send again: nothing of it may be stored then. */
  @ParameterizedTest
  @MethodSource("failures")
  void failure(boolean two, FailingStorage.Where where, int status, String text) throws Exception {
    try (Server server = new Server()) {
      List<String> events = new ArrayList<>();
      server.receive(new FailingStorage(server.storage, where, events));
      Message request =
          two
              ? request(good(), up(Messages.sample(1, T)))
              : new Message()
                  .message(
                      1,
                      Messages.labels(new Message(), "__name__", "up")
                          .message(2, Messages.sample(1, T)));
      FakeResponse exchange =
          server.send(
              Server.post(Server.snappy(request.toBytes()))
                  .withHeader("Content-Type", two ? Server.V2 : V1));

      assertThat(exchange.answer()).isEqualTo(status + " " + text);
      assertThat(written(exchange)).isEqualTo("0 0 0");
      assertThat(events).containsExactly("rollback");
      assertThat(server.stored()).isEmpty();
      assertThat(server.metrics.withoutMetadata.get())
          .isEqualTo(!two && where == FailingStorage.Where.COMMIT ? 1 : 0);
    }
  }

  static Stream<Arguments> failures() {
    return Stream.of(
        arguments(true, FailingStorage.Where.APPEND, 500, "no space left"),
        arguments(true, FailingStorage.Where.COMMIT, 500, "no space left"),
        arguments(false, FailingStorage.Where.APPEND, 500, "no space left"),
        arguments(false, FailingStorage.Where.COMMIT, 500, "no space left"));
  }
}
