package io.narthex.format.protobuf;

import io.narthex.api.Jazzer;
import io.narthex.api.format.Exposition;
import io.narthex.api.format.ExpositionFuzz;
import java.util.ArrayList;
import java.util.List;

/** Fuzzes the reader. */
public final class MetricFamilyFuzz {
  private MetricFamilyFuzz() {}

  /** Jazzer's entry. */
  public static void fuzzerTestOneInput(byte[] input) {
    ExpositionFuzz.check(input, Exposition.of(new PrometheusProtobufFormat()));
  }

  /** Expositions of each type, and one of all together. */
  static List<byte[]> examples() {
    Message created = Message.time(1_700_000_000, 5_000_000);
    Message exemplar = Message.exemplar("trace_id", "abc", 0.5).message(3, created);
    Message counters =
        Message.family("requests_total", "All requests.", Message.COUNTER)
            .message(
                4,
                Message.metric("code", "200", "path", "/")
                    .message(3, Message.value(7).message(2, exemplar).message(3, created)))
            .message(4, Message.metric("code", "500").message(3, Message.value(1)).number(6, 99));
    Message gauge =
        Message.family("size_bytes", "Grösse.", Message.GAUGE)
            .message(4, Message.metric("a", "").message(2, Message.value(-1)))
            .text(5, "bytes");
    Message untyped =
        Message.family("x.y", "", Message.UNTYPED)
            .message(4, Message.metric("ä", "ö").message(5, Message.value(Double.NaN)));
    Message summary =
        Message.family("s", "", Message.SUMMARY)
            .message(
                4,
                Message.metric("a", "b")
                    .message(
                        4,
                        new Message()
                            .number(1, 3)
                            .real(2, 4)
                            .message(3, Message.quantile(0.5, 1))
                            .message(3, Message.quantile(0.9, 2))
                            .message(4, created)));
    Message buckets =
        new Message()
            .number(1, 10)
            .real(2, 5)
            .message(3, Message.bucket(1, 0.5))
            .message(3, Message.bucket(3, 1).message(3, exemplar))
            .message(15, created);
    Message parts =
        new Message()
            .zigzag(5, 9)
            .real(6, 1e-9)
            .number(7, 1)
            .message(9, Message.span(-3, 2))
            .packedDeltas(10, 2, -2)
            .message(12, Message.span(2, 3))
            .message(12, Message.span(1, 1))
            .zigzag(13, 3)
            .zigzag(13, -3)
            .zigzag(13, 1)
            .zigzag(13, 2)
            .message(16, exemplar);
    Message floats =
        new Message()
            .real(4, 6.5)
            .real(8, 0.5)
            .message(12, Message.span(0, 2))
            .packedReals(14, 2.5, 3.5);
    Message histograms =
        Message.family("h", "", Message.HISTOGRAM)
            .message(4, Message.metric("a", "1").message(7, buckets))
            .message(4, Message.metric("a", "2").message(7, buckets).message(7, parts))
            .message(4, Message.metric("a", "3").message(7, floats).message(1, pair()));
    Message gauges =
        Message.family("g", "", Message.GAUGE_HISTOGRAM)
            .message(4, Message.metric().message(7, floats));
    List<Message> all = List.of(counters, gauge, untyped, summary, histograms, gauges);
    List<byte[]> examples = new ArrayList<>();
    all.forEach(m -> examples.add(Message.exposition(m)));
    examples.add(Message.exposition(all.toArray(Message[]::new)));
    return examples;
  }

  private static Message pair() {
    return Message.pair("z", "last");
  }

  /**
   * Fuzzes with Jazzer.
   *
   * @param args seconds, and options of libFuzzer
   */
  public static void main(String[] args) throws Exception {
    Jazzer.run(MetricFamilyFuzz.class, ExpositionFuzz.inputs(examples()), 16384, args);
  }
}
