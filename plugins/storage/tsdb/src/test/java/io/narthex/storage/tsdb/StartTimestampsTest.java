package io.narthex.storage.tsdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.storage.tsdb.compact.Retention;
import io.narthex.storage.tsdb.file.RealDisk;
import io.narthex.storage.tsdb.head.HeadOptions;
import io.narthex.storage.tsdb.head.HeadOptions.Starts;
import io.narthex.storage.tsdb.wal.Compression;
import io.narthex.storage.tsdb.wal.HistogramRecord;
import io.narthex.storage.tsdb.wal.SampleRecord;
import io.narthex.storage.tsdb.wal.Segments;
import io.narthex.storage.tsdb.wal.WalReplay;
import io.narthex.storage.tsdb.wal.WalWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Start timestamps on all ways that samples take, with the features and without. */
class StartTimestampsTest {
  private static final long T0 = 1_700_002_800_000L;
  private static final long STEP = 15_000;
  private static final long RANGE = 600_000;
  private static final long WINDOW = RANGE / 2;
  private static final String[] FLOATS = {"none", "same", "resets", "each", "random", "later"};

  /** A value, or the sum of a histogram, with its start timestamp. */
  private record Told(long bits, long start) {}

  @TempDir private Path temp;
  private Path directory;
  private int directories;
  private Tsdb tsdb;
  private final Map<String, TreeMap<Long, Told>> written = new TreeMap<>();
  private final AppendBatch batch = new AppendBatch(64);
  private long now = T0;
  private long seed;
  private Random random;

  @AfterEach
  void close() throws Exception {
    if (tsdb != null) {
      tsdb.close();
    }
  }

  private void open(Starts starts, boolean snapshots) throws Exception {
    if (directory == null) {
      directory = temp.resolve("data");
    }
    tsdb =
        new Tsdb(
            directory,
            new TsdbSettings(
                new HeadOptions(RANGE, 40, WINDOW, 0, false, false, false).withStarts(starts),
                9 * RANGE,
                Compression.SNAPPY,
                4 * 32 * 1024,
                WalWriter.Sync.SEGMENT,
                512L << 20,
                true,
                60_000,
                0,
                snapshots,
                new TsdbSettings.Live(Retention.UNLIMITED, WINDOW, 0)),
            new RealDisk(),
            Clock.systemUTC());
    tsdb.start();
  }

  private static NativeHistogram histogram(long n, boolean integer) {
    return new NativeHistogram(
        integer,
        NativeHistogram.ResetHint.UNKNOWN,
        1,
        0.001,
        n,
        3.0 * n,
        7.5 * n,
        List.of(new NativeHistogram.Span(0, 2)),
        new double[] {n, n},
        List.of(),
        new double[0],
        new double[0]);
  }

  private long start(String series, long time) {
    return switch (series) {
      case "same" -> T0 - 1234;
      case "resets", "h", "mixed" -> time - Math.floorMod(time, 37 * STEP) - 1;
      case "each", "hf" -> time - STEP;
      case "random" -> random.nextInt(3) == 0 ? 0 : random.nextLong() >> random.nextInt(63);
      case "later" -> time < T0 + 200 * STEP ? 0 : T0;
      default -> 0;
    };
  }

  /** Adds a sample of each series, and what is to be read of it. */
  private void add(Appender appender, Starts kept, long time) throws Exception {
    for (String name : FLOATS) {
      addFloat(appender, kept, name, time);
    }
    addHistogram(appender, kept, "h", time, true);
    addHistogram(appender, kept, "hf", time, false);
    if (time / STEP % 30 < 10) {
      addHistogram(appender, kept, "mixed", time, true);
    } else {
      addFloat(appender, kept, "mixed", time);
    }
  }

  private void addFloat(Appender appender, Starts kept, String name, long time) throws Exception {
    double value =
        random.nextInt(50) == 0 ? StaleMarker.value() : random.nextInt(4) * 1.5 + time / RANGE;
    long start = start(name, time);
    batch.add(appender.series(Labels.of("__name__", name)), time, value);
    batch.setStartTimestamp(start);
    long expected = kept == Starts.NONE ? 0 : start;
    if (name.equals("mixed") && StaleMarker.is(value)) {
      // Stored as a histogram where it ends one.
      expected = -1;
    }
    tell(name, time, new Told(Double.doubleToRawLongBits(value), expected));
  }

  private void addHistogram(Appender appender, Starts kept, String name, long time, boolean integer)
      throws Exception {
    NativeHistogram h = histogram(1 + time / STEP % 37, integer);
    long start = start(name, time);
    batch.add(appender.series(Labels.of("__name__", name)), time, h);
    batch.setStartTimestamp(start);
    tell(name, time, new Told(Double.doubleToRawLongBits(h.sum()), kept == Starts.ALL ? start : 0));
  }

  private void tell(String name, long time, Told told) {
    assertThat(written.computeIfAbsent(name, n -> new TreeMap<>()).put(time, told)).isNull();
  }

  private void commit(Appender appender) throws Exception {
    AppendErrors errors = new AppendErrors();
    appender.append(batch, errors);
    batch.clear();
    assertThat(errors.isEmpty()).as("seed %d", seed).isTrue();
    appender.commit();
  }

  private void steps(Starts kept, int n) throws Exception {
    for (int i = 0; i < n; i++) {
      try (Appender appender = tsdb.appender(AppendOptions.DEFAULT)) {
        add(appender, kept, now);
        commit(appender);
      }
      now += STEP;
    }
  }

  /** Late samples, each at a time that no other one has. */
  private void late(Starts kept, int n) throws Exception {
    for (int i = 0; i < n; i++) {
      long time = Math.max(T0, now - STEP - WINDOW) + random.nextInt((int) WINDOW);
      if (time % STEP == 0
          || time >= now - STEP
          || written.get("none") == null
          || written.get("none").containsKey(time)) {
        continue;
      }
      try (Appender appender = tsdb.appender(AppendOptions.DEFAULT)) {
        add(appender, kept, time);
        commit(appender);
      }
    }
  }

  private Map<String, TreeMap<Long, Told>> all(SelectRequest request) throws Exception {
    Map<String, TreeMap<Long, Told>> out = new TreeMap<>();
    try (Querier querier = tsdb.querier(Long.MIN_VALUE, Long.MAX_VALUE);
        SeriesSet set =
            querier.select(request, List.of(Matcher.of(Matcher.Type.REGEX, "__name__", ".+")))) {
      SampleBatch read = new SampleBatch(1 + random.nextInt(200));
      for (int i = 0; i < set.size(); i++) {
        String name = set.labels(i).get("__name__");
        TreeMap<Long, Told> samples = new TreeMap<>();
        SampleReader reader = set.samples(i, null);
        while (reader.read(read) > 0) {
          for (int k = 0; k < read.size; k++) {
            double value =
                read.kind == SampleBatch.Kind.HISTOGRAM ? read.histograms[k].sum() : read.values[k];
            long start = read.hasStartTimestamps ? read.startTimestamps[k] : 0;
            if (name.equals("mixed") && StaleMarker.is(value)) {
              start = -1;
            }
            assertThat(
                    samples.put(
                        read.timestamps[k], new Told(Double.doubleToRawLongBits(value), start)))
                .isNull();
          }
        }
        out.put(name, samples);
      }
    }
    return out;
  }

  private void check(String after) throws Exception {
    Map<String, TreeMap<Long, Told>> found =
        all(SelectRequest.range(Long.MIN_VALUE, Long.MAX_VALUE));
    for (String name : written.keySet()) {
      assertThat(found.get(name))
          .as("%s after %s, seed %d", name, after, seed)
          .isEqualTo(written.get(name));
    }
    Map<String, TreeMap<Long, Told>> latest =
        all(SelectRequest.range(Long.MIN_VALUE, Long.MAX_VALUE).latestOnly());
    for (String name : written.keySet()) {
      assertThat(latest.get(name).lastEntry())
          .as("latest of %s after %s, seed %d", name, after, seed)
          .isEqualTo(written.get(name).lastEntry());
    }
  }

  /** Goes on with what a process leaves that is killed now. */
  private void crash(Starts starts, boolean snapshots) throws Exception {
    Path to = temp.resolve("copy" + directories++);
    // Nothing is moved about meanwhile: a copy that takes its time is of no single moment.
    tsdb.compactions().alone(() -> copy(to));
    tsdb.close();
    directory = to;
    open(starts, snapshots);
  }

  private void copy(Path to) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path from : files.toList()) {
        Path target = to.resolve(directory.relativize(from).toString());
        if (Files.isDirectory(from)) {
          Files.createDirectories(target);
        } else if (!from.getFileName().toString().equals("lock")) {
          Files.copy(from, target);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Starts.class)
  void surviveWhateverHappensToTheirSamples(Starts starts) throws Exception {
    seed = System.nanoTime();
    random = new Random(seed);
    boolean snapshots = random.nextBoolean();
    open(starts, snapshots);
    steps(starts, 1 + random.nextInt(5));
    for (int round = 0; round < 60; round++) {
      String what;
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> {
          steps(starts, 1 + random.nextInt(60));
          what = "steps";
        }
        case 3, 4 -> {
          late(starts, random.nextInt(40));
          what = "late samples";
        }
        case 5 -> {
          tsdb.close();
          open(starts, snapshots);
          what = "a restart";
        }
        case 6 -> {
          crash(starts, snapshots);
          what = "a crash";
        }
        default -> {
          tsdb.compactions().compact();
          what = "a compaction";
        }
      }
      check(what + " in round " + round);
    }
    assertThat(tsdb.blocks().size()).as("seed %d", seed).isPositive();
  }

  @Test
  void theFeaturesMayComeAndGo() throws Exception {
    seed = System.nanoTime();
    random = new Random(seed);
    Map<String, TreeMap<Long, Long>> values = new TreeMap<>();
    for (int round = 0; round < 12; round++) {
      Starts starts = Starts.values()[random.nextInt(3)];
      open(starts, random.nextBoolean());
      for (String name : written.keySet()) {
        written
            .get(name)
            .forEach((time, told) -> {
              values.computeIfAbsent(name, n -> new TreeMap<>()).put(time, told.bits);
            });
      }
      steps(starts, 1 + random.nextInt(90));
      late(starts, 10);
      if (random.nextInt(3) == 0) {
        tsdb.compactions().compact();
      }
      if (random.nextBoolean()) {
        crash(starts, true);
      }
      Map<String, TreeMap<Long, Told>> found =
          all(SelectRequest.range(Long.MIN_VALUE, Long.MAX_VALUE));
      for (String name : written.keySet()) {
        TreeMap<Long, Long> bits = new TreeMap<>();
        found.get(name).forEach((time, told) -> bits.put(time, told.bits));
        TreeMap<Long, Long> expected = new TreeMap<>();
        written.get(name).forEach((time, told) -> expected.put(time, told.bits));
        assertThat(bits).as("%s in round %d, seed %d", name, round, seed).isEqualTo(expected);
      }
      tsdb.close();
    }
    assertThat(values).isNotEmpty();
  }

  @Test
  void theLogHasThemOnlyWithTheFeatureAndOnlyWhereThereAreAny() throws Exception {
    seed = 1;
    random = new Random(seed);
    for (Starts starts : Starts.values()) {
      directory = temp.resolve("log" + starts);
      written.clear();
      now = T0;
      open(starts, false);
      steps(starts, 3);
      try (Appender appender = tsdb.appender(AppendOptions.DEFAULT)) {
        batch.add(appender.series(Labels.of("__name__", "plain")), now, 1);
        commit(appender);
      }
      tsdb.close();
      int[] records = new int[4];
      WalReplay.run(
          new RealDisk(),
          Segments.list(new RealDisk(), directory.resolve("wal")),
          new WalReplay.Handler() {
            @Override
            public void samples(SampleRecord record) {
              records[record.hasStarts ? 1 : 0]++;
            }

            @Override
            public void histograms(HistogramRecord record) {
              records[record.hasStarts ? 3 : 2]++;
            }
          },
          1);
      assertThat(records[1] > 0).as("%s", starts).isEqualTo(starts != Starts.NONE);
      assertThat(records[3] > 0).as("%s", starts).isEqualTo(starts != Starts.NONE);
      // Those without are of the kinds that an older Prometheus reads.
      assertThat(records[0]).isPositive();
    }
  }
}
