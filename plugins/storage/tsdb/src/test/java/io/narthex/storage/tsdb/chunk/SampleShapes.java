package io.narthex.storage.tsdb.chunk;

import java.util.Random;

/** Series like those that are scraped, for measuring. The same at every call. */
final class SampleShapes {
  static final String[] NAMES = {
    "constant",
    "counter",
    "slow-counter",
    "bytes-counter",
    "seconds-counter",
    "gauge-2-decimals",
    "gauge-int",
    "ratio",
    "jitter"
  };

  private SampleShapes() {}

  /** Fills a series, sample {@code i} of it at 15 s from the one before. */
  static void fill(String name, int series, long[] times, double[] values) {
    Random random = new Random(series * 31L + name.hashCode());
    long t = 1_700_000_000_000L + random.nextInt(15_000);
    double v =
        switch (name) {
          case "counter" -> random.nextInt(10_000_000);
          case "slow-counter" -> random.nextInt(1000);
          case "bytes-counter" -> random.nextLong(1L << 40);
          case "seconds-counter" -> random.nextInt(100_000_000) / 1000.0;
          case "gauge-2-decimals" -> random.nextInt(10_000) / 100.0;
          case "gauge-int" -> random.nextInt(500);
          case "ratio" -> random.nextDouble();
          case "jitter" -> random.nextInt(100_000);
          default -> 42;
        };
    double rate = random.nextInt(1, 2000);
    for (int i = 0; i < times.length; i++) {
      times[i] = t;
      values[i] = v;
      t += 15_000;
      switch (name) {
        case "counter" -> v += Math.max(0, Math.round(rate + random.nextGaussian() * rate / 4));
        case "slow-counter" -> v += random.nextInt(5) == 0 ? 1 : 0;
        case "bytes-counter" -> v += random.nextInt((int) rate * 100);
        case "seconds-counter" -> v = Math.round((v + random.nextDouble() * 15) * 1000) / 1000.0;
        case "gauge-2-decimals" -> v = Math.round((v + random.nextGaussian()) * 100) / 100.0;
        case "gauge-int" -> v = Math.max(0, v + random.nextInt(-5, 6));
        case "ratio" -> v = Math.clamp(v + random.nextGaussian() / 50, 0, 1);
        case "jitter" -> {
          v += random.nextInt(50);
          t += random.nextInt(-20, 21);
        }
        default -> {}
      }
    }
  }
}
