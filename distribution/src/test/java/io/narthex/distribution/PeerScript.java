package io.narthex.distribution;

import java.util.Map;
import java.util.function.IntToDoubleFunction;

/**
 * What both servers shall see happen, told to them before it does: series with a sample each half
 * second, among them targets that go down and come back, counters that begin anew, and series that
 * end. All numbers are such that sums of them are exact in any order.
 */
final class PeerScript {
  /** Milliseconds between samples. */
  static final long STEP = 500;

  /** How many samples a series has that is there all the time. */
  private static final int STEPS = 52;

  private static final double STALE = Double.longBitsToDouble(0x7ff0000000000002L);

  /** For no sample. */
  private static final double NONE = Double.longBitsToDouble(0x7ff0000000000003L);

  private PeerScript() {}

  /**
   * The whole as a request of remote write, version 1.
   *
   * @param begin time of the first samples, milliseconds since the epoch
   */
  static byte[] from(long begin) {
    Message request = new Message();
    request.message(1, floats(begin, "clock", Map.of(), i -> i / 2.0));
    targets(request, begin);
    latencies(request, begin);
    temperatures(request, begin);
    request.message(1, floats(begin, "queue", Map.of("shard", "0"), i -> 10 + 0.75 * i));
    request.message(
        1, floats(begin, "queue", Map.of("shard", "1"), i -> i < 30 ? 50 - i : 20 + 2 * (i - 30)));
    request.message(
        1,
        floats(
            begin,
            "flapping",
            Map.of("kind", "a"),
            i -> between(i, 6, 18) || between(i, 28, 40) ? i : i == 18 || i == 40 ? STALE : NONE));
    request.message(
        1,
        floats(
            begin,
            "flapping",
            Map.of("kind", "b"),
            i -> between(i, 12, 25) ? -i : i == 25 ? STALE : NONE));
    constants(request, begin);
    for (String job : new String[] {"api", "web"}) {
      Message series = Message.series("native_seconds", Map.of("job", job));
      for (int i = 0; i < STEPS; i++) {
        // Far from 0: Prometheus 3 does not extrapolate beyond that, 2.42 did.
        long n = (long) (i + 10) * (job.equals("api") ? 1 : 2);
        series.message(4, Message.histogram(n, begin + STEP * i));
      }
      request.message(1, series);
    }
    return request.toSnappy();
  }

  private static void targets(Message request, long begin) {
    for (String instance : new String[] {"api:0", "api:1", "api:2", "web:0"}) {
      String job = instance.substring(0, 3);
      Map<String, String> who = Map.of("job", job, "instance", instance);
      request.message(1, floats(begin, "up", who, i -> isDown(instance, i) ? 0 : 1));
      request.message(
          1,
          floats(
              begin,
              "build_info",
              Map.of("job", job, "instance", instance, "version", "1." + instance.charAt(4)),
              _ -> 1));
      int each = 2 + instance.charAt(4) - '0';
      request.message(
          1,
          floats(begin, "requests_total", code(who, "200"), i -> each * sinceStart(instance, i)));
      request.message(
          1,
          floats(
              begin,
              "requests_total",
              code(who, "500"),
              i ->
                  job.equals("web")
                      ? Math.clamp(i - 20, 0, 20) * 4.0
                      : sinceStart(instance, i) / 8.0));
    }
  }

  private static boolean isDown(String instance, int i) {
    return switch (instance) {
      case "api:1" -> between(i, 8, 32);
      case "api:2" -> between(i, 16, 21) || between(i, 36, 44);
      case "web:0" -> i >= 40;
      default -> false;
    };
  }

  private static int sinceStart(String instance, int i) {
    return instance.equals("api:1") && i >= 25 ? i - 25 : i;
  }

  private static Map<String, String> code(Map<String, String> who, String code) {
    return Map.of("job", who.get("job"), "instance", who.get("instance"), "code", code);
  }

  private static void latencies(Message request, long begin) {
    for (String job : new String[] {"api", "web"}) {
      int slow = job.equals("api") ? 1 : 4;
      String[] bounds = {"0.25", "1", "4", "+Inf"};
      for (int b = 0; b < bounds.length; b++) {
        int each = 8 * (b + 1) - (b < 2 ? slow : 0);
        request.message(
            1,
            floats(
                begin,
                "latency_seconds_bucket",
                Map.of("job", job, "le", bounds[b]),
                i -> each * (i < 26 ? i : 26 + 2 * (i - 26))));
      }
      Map<String, String> who = Map.of("job", job);
      request.message(1, floats(begin, "latency_seconds_sum", who, i -> 12.5 * i));
      request.message(1, floats(begin, "latency_seconds_count", who, i -> 32 * i));
    }
  }

  private static void temperatures(Message request, long begin) {
    String[] rooms = {"attic", "bath", "cellar", "kitchen"};
    for (int r = 0; r < rooms.length; r++) {
      int room = r;
      request.message(
          1,
          floats(
              begin,
              "temperature",
              Map.of("room", rooms[r], "floor", Integer.toString(r % 2)),
              // The sixteenth: no two rooms are ever as warm, or topk could take either.
              i -> 5 + Math.abs((i + 7 * room) % 32 - 16) / 2.0 + room / 16.0));
    }
  }

  private static void constants(Message request, long begin) {
    double[] odd = {
      1.5e9,
      0.00042,
      1048576,
      -3661.5,
      Double.NaN,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY,
      0,
      1e-7,
      1e21,
      0.1,
      100,
      1,
      12345.678,
      86461,
      1e-10
    };
    for (int n = 0; n < odd.length; n++) {
      double value = odd[n];
      request.message(
          1, floats(begin, "odd", Map.of("n", Integer.toString(n)), i -> i < 12 ? value : NONE));
    }
    double[] stamps = {0, 1_700_000_000.25, -62_135_596_800.0, 1e13, Double.NaN, 1435065584.128};
    for (int n = 0; n < stamps.length; n++) {
      double value = stamps[n];
      request.message(1, floats(begin, "stamp", Map.of("n", Integer.toString(n)), _ -> value));
    }
    for (String says :
        new String[] {
          "plain",
          "<b>&'",
          "say \"hi\"",
          "\u65e5\u672c",
          "two\nlines",
          "back\\slash",
          "d\u00e9j\u00e0 vu"
        }) {
      request.message(
          1, floats(begin, "text", Map.of("says", says), i -> i == 45 ? STALE : i < 45 ? 1 : NONE));
    }
  }

  private static boolean between(int i, int from, int to) {
    return i >= from && i < to;
  }

  private static Message floats(
      long begin, String name, Map<String, String> labels, IntToDoubleFunction f) {
    Message series = Message.series(name, labels);
    for (int i = 0; i < STEPS; i++) {
      double value = f.applyAsDouble(i);
      if (Double.doubleToRawLongBits(value) != Double.doubleToRawLongBits(NONE)) {
        series.message(2, new Message().float64(1, value).varint(2, begin + STEP * i));
      }
    }
    return series;
  }
}
