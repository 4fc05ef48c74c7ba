package io.narthex.format.prometheustext;

import io.narthex.api.format.ExpositionBatch;
import io.narthex.api.format.ExpositionOptions;
import io.narthex.api.format.ExpositionReader;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** Measures reading of one exposition, by hand: the file is the argument. */
final class TextReaderBenchmark {
  private TextReaderBenchmark() {}

  public static void main(String[] args) throws Exception {
    byte[] data = Files.readAllBytes(Path.of(args[0]));
    PrometheusTextFormat format = new PrometheusTextFormat();
    ExpositionBatch batch = new ExpositionBatch(512);
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long sum = 0;
    for (int round = 0; round < 12; round++) {
      long samples = 0;
      long allocated = threads.getCurrentThreadAllocatedBytes();
      long start = System.nanoTime();
      while (samples < 2_000_000) {
        batch.families.clear();
        ExpositionReader reader =
            format.open(format.protocols().get(0), data, data.length, ExpositionOptions.DEFAULT);
        for (int n = reader.read(batch); n > 0; n = reader.read(batch)) {
          samples += n;
          sum += batch.keyHashes[0];
        }
      }
      double nanos = System.nanoTime() - start;
      System.out.printf(
          "%.1f ns/sample, %.1f bytes/sample allocated, %.0f MB/s%n",
          nanos / samples,
          (double) (threads.getCurrentThreadAllocatedBytes() - allocated) / samples,
          1e3 * data.length * samples / count(data) / nanos);
    }
    System.out.println(sum);
  }

  private static long count(byte[] data) throws Exception {
    return Expositions.read(data, ExpositionOptions.DEFAULT, 512).samples().size();
  }
}
