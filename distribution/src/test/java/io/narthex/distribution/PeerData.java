package io.narthex.distribution;

import java.util.Map;
import java.util.function.IntToDoubleFunction;

/**
 * What both servers store: a block of two hours, and behind it half an hour that comes by remote
 * write, with native histograms, exemplars and stale markers.
 */
final class PeerData {
  /** Begin of the block, in seconds. */
  static final long BLOCK = 1_699_999_200;

  /** Begin of what is behind the block, in seconds. */
  static final long HEAD = 1_700_006_400;

  private static final double STALE = Double.longBitsToDouble(0x7ff0000000000002L);

  private PeerData() {}

  /** The block as OpenMetrics text: ten minutes of it, from 1700000000 on. */
  static String block() {
    StringBuilder out = new StringBuilder();
    out.append("# TYPE requests counter\n");
    for (String job : new String[] {"api", "web"}) {
      for (int instance = 0; instance < (job.equals("api") ? 2 : 1); instance++) {
        for (String code : new String[] {"200", "500"}) {
          for (int i = 0; i <= 20; i++) {
            int count = i < 12 ? i : i - 12; // A reset.
            line(
                out,
                "requests_total{job=\"%s\",instance=\"%s:%d\",code=\"%s\"}"
                    .formatted(job, job, instance, code),
                count * (Integer.parseInt(code) / 100.0 + instance),
                i);
          }
        }
      }
    }
    out.append("# TYPE value gauge\n");
    double[] odd = {
      0, -0.0, 1e-7, 1e21, 123456789.125, 1e-320, 0.1, -1.5e300, 1e20, 100000, 4.9e-324, 1.0 / 3
    };
    for (int v = 0; v < odd.length; v++) {
      for (int i = 0; i <= 20; i++) {
        line(out, "value{n=\"" + v + "\"}", odd[v], i);
      }
    }
    for (int i = 0; i <= 20; i++) {
      line(out, "value{n=\"inf\"}", Double.POSITIVE_INFINITY, i);
      line(out, "value{n=\"-inf\"}", Double.NEGATIVE_INFINITY, i);
      line(out, "value{n=\"nan\"}", Double.NaN, i);
    }
    out.append("# TYPE text gauge\n");
    for (String text :
        new String[] {
          "plain",
          "a\\\\b",
          "say \\\"hi\\\"",
          "two\\nlines",
          "<b>&'",
          "h\u00e9",
          "\u65e5\u672c",
          "\ud83d\ude00",
          "\u2028"
        }) {
      for (int i = 0; i <= 20; i++) {
        line(out, "text{says=\"" + text + "\"}", i, i);
      }
    }
    out.append("# TYPE size histogram\n");
    for (String job : new String[] {"api", "web"}) {
      for (String le : new String[] {"0.1", "1.0", "10.0", "+Inf"}) {
        for (int i = 0; i <= 20; i++) {
          int each = le.equals("0.1") ? 1 : le.equals("1.0") ? 3 : le.equals("10.0") ? 6 : 7;
          line(out, "size_bucket{job=\"" + job + "\",le=\"" + le + "\"}", each * i, i);
        }
      }
    }
    return out.append("# EOF\n").toString();
  }

  private static void line(StringBuilder out, String series, double value, int i) {
    String number =
        value == Double.POSITIVE_INFINITY
            ? "+Inf"
            : value == Double.NEGATIVE_INFINITY ? "-Inf" : Double.toString(value);
    out.append(series).append(' ').append(number).append(' ').append(1_700_000_000 + 30 * i);
    out.append('\n');
  }

  /** The rest as a request of remote write, version 1. */
  static byte[] head() {
    Message request = new Message();
    for (int instance = 0; instance < 3; instance++) {
      int shift = instance;
      Map<String, String> who = Map.of("job", "api", "instance", "api:" + instance);
      request.message(1, floats("up", who, i -> i % 7 == shift ? 0 : 1));
      request.message(1, floats("load", who, i -> Math.sin(i / 10.0) + shift));
      request.message(1, counted("calls_total", who, shift));
    }
    request.message(
        1, floats("gone", Map.of("job", "api"), i -> i < 40 ? i : i == 40 ? STALE : Double.NaN));
    for (int job = 0; job < 2; job++) {
      Message series = Message.series("native_seconds", Map.of("job", job == 0 ? "api" : "web"));
      for (int i = 0; i <= 120; i++) {
        series.message(4, Message.histogram((long) i * (job + 1), (HEAD + 15L * i) * 1000));
      }
      request.message(1, series);
    }
    return request.toSnappy();
  }

  private static Message floats(String name, Map<String, String> labels, IntToDoubleFunction f) {
    Message series = Message.series(name, labels);
    for (int i = 0; i <= 120; i++) {
      double value = f.applyAsDouble(i);
      if (name.equals("gone") && i > 40) {
        break;
      }
      series.message(2, new Message().float64(1, value).varint(2, (HEAD + 15 * i) * 1000));
    }
    return series;
  }

  /** A counter with exemplars. */
  private static Message counted(String name, Map<String, String> labels, int shift) {
    Message series = floats(name, labels, i -> i * (shift + 1));
    for (int i = 0; i < 3; i++) {
      Message trace = new Message().text(1, "trace_id").text(2, shift + "-" + i);
      series.message(
          3,
          new Message()
              .message(1, trace)
              .float64(2, i + 0.25)
              .varint(3, (HEAD + 600L * i) * 1000 + 500));
    }
    return series;
  }
}
