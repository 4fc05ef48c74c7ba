package io.narthex.storage.tsdb.postings;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Sets as a head of 500,000 series has them. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class BitmapBenchmark {
  private static final int SERIES = 500_000;

  private final Bitmap all = new Bitmap();
  private final Bitmap half = new Bitmap();
  private final Bitmap scattered = new Bitmap();
  private final Bitmap metric = new Bitmap();
  private final Bitmap instance = new Bitmap();
  private final List<Bitmap> singles = new ArrayList<>();
  private final List<Bitmap> instances = new ArrayList<>();

  /** Series of an instance stand together, those of a metric far apart. */
  @Setup
  public void setUp() {
    Random random = new Random(1);
    for (int i = 0; i < SERIES; i++) {
      all.add(i);
      if (random.nextBoolean()) {
        half.add(i);
      }
      if (random.nextInt(20) == 0) {
        scattered.add(i);
      }
      if (i % 5000 == 77) {
        metric.add(i);
      }
      if (i / 5000 == 42) {
        instance.add(i);
      }
      if (i % 50 == 0) {
        singles.add(Bitmap.of(i));
      }
    }
    for (int i = 0; i < 100; i++) {
      Bitmap of = new Bitmap();
      for (int j = 0; j < 5000; j++) {
        of.add(i * 5000 + j);
      }
      instances.add(of);
    }
  }

  @Benchmark
  public Bitmap intersectLargeWithLarge() {
    return all.and(half);
  }

  @Benchmark
  public Bitmap intersectLargeWithList() {
    return half.and(scattered);
  }

  @Benchmark
  public Bitmap intersectMetricWithInstance() {
    return metric.and(instance);
  }

  @Benchmark
  public Bitmap subtract() {
    return half.andNot(scattered);
  }

  @Benchmark
  public Bitmap uniteSingles() {
    return Bitmap.orMany(singles);
  }

  @Benchmark
  public Bitmap uniteInstances() {
    return Bitmap.orMany(instances);
  }

  @Benchmark
  public int[] listLarge() {
    return half.toArray();
  }

  @Benchmark
  public Bitmap fill() {
    Bitmap out = new Bitmap();
    for (int i = 0; i < SERIES; i++) {
      out.add(i);
    }
    return out;
  }
}
