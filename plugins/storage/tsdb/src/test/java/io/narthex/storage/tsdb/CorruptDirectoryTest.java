package io.narthex.storage.tsdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.file.RealDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Data directories with a damaged file, of each kind: what is wrong is told with the file, the rest
 * is served, and no answer is made up.
 */
class CorruptDirectoryTest {
  private static final long T0 = 1_700_000_040_000L;

  @TempDir private Path root;

  private static Tsdb open(Path directory) throws Exception {
    Tsdb db = new Tsdb(directory, KillScript.settings(), new RealDisk(), Clock.systemUTC());
    db.start();
    return db;
  }

  private static void commit(Tsdb db, long time) throws Exception {
    AppendBatch batch = new AppendBatch(8);
    AppendErrors errors = new AppendErrors();
    try (Appender appender = db.appender(AppendOptions.DEFAULT)) {
      for (int i = 0; i < KillScript.FLOATS; i++) {
        Labels series = KillScript.series(0, "float" + i);
        batch.add(appender.series(series), time, KillScript.value(KillScript.salt(series), time));
      }
      Labels fresh = KillScript.shortLived(0, time);
      batch.add(appender.series(fresh), time, KillScript.value(KillScript.salt(fresh), time));
      batch.add(
          appender.series(KillScript.series(0, "histogram")), time, KillScript.histogram(0, time));
      long late = KillScript.late(0, time);
      if (late != Long.MIN_VALUE) {
        Labels series = KillScript.series(0, "late");
        batch.add(appender.series(series), late, KillScript.value(KillScript.salt(series), late));
      }
      appender.append(batch, errors);
      appender.commit();
    }
  }

  /** A directory with a file of each kind. */
  private Path make() throws Exception {
    Path directory = root.resolve("template");
    long time = T0;
    try (Tsdb db = open(directory)) {
      for (int i = 0; i < 2500; i++, time += KillScript.STEP) {
        commit(db, time);
        if (i % 500 == 499) {
          db.compactions().compact();
        }
      }
      db.delete(T0, T0 + 20_000, List.of(Matcher.equal("__name__", "float0")));
      for (int i = 0; i < 300; i++, time += KillScript.STEP) {
        commit(db, time);
      }
    }
    List<String> files = files(directory);
    for (String kind :
        List.of(
            "/index",
            "/chunks/",
            "/tombstones",
            "/meta.json",
            "wal/checkpoint.",
            "wbl/",
            "chunks_head/")) {
      assertThat(files).as(kind).anyMatch(f -> f.contains(kind));
    }
    return directory;
  }

  private static List<String> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isRegularFile)
          .map(p -> directory.relativize(p).toString())
          .sorted()
          .toList();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> paths = Files.walk(from)) {
      paths.forEach(p -> {
        try {
          Files.copy(p, to.resolve(from.relativize(p).toString()));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    }
  }

  /** A kind of file, so that each is damaged as often as the others. */
  private static String kind(String file) {
    int slash = file.indexOf('/');
    String folder = slash < 0 ? "" : file.substring(0, slash);
    return switch (folder) {
      case "wal" -> file.contains("checkpoint") ? "checkpoint" : "wal";
      case "wbl", "chunks_head" -> folder;
      default -> file.contains("/chunks/") ? "chunks" : file.substring(file.lastIndexOf('/') + 1);
    };
  }

  /** Damages a file and tells how. */
  private static String damage(Path file, Random random) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length == 0) {
      Files.write(file, new byte[] {(byte) random.nextInt()});
      return "a byte in an empty file";
    }
    // What is behind the content is often a hole.
    int used = bytes.length;
    while (used > 1 && bytes[used - 1] == 0) {
      used--;
    }
    switch (random.nextInt(4)) {
      case 0 -> {
        int length = random.nextInt(used);
        Files.write(file, Arrays.copyOf(bytes, length));
        return "cut to " + length + " of " + bytes.length;
      }
      case 1 -> {
        int from = random.nextInt(used);
        int to = Math.min(used, from + 1 + random.nextInt(200));
        for (int i = from; i < to; i++) {
          bytes[i] = (byte) random.nextInt();
        }
        Files.write(file, bytes);
        return "random bytes " + from + ".." + to;
      }
      default -> {
        StringBuilder how = new StringBuilder("flipped");
        for (int i = 0; i <= random.nextInt(3); i++) {
          int at = random.nextInt(used);
          int bit = random.nextInt(8);
          bytes[at] ^= (byte) (1 << bit);
          how.append(' ').append(at).append('.').append(bit);
        }
        Files.write(file, bytes);
        return how.toString();
      }
    }
  }

  private static boolean same(Object a, @org.jspecify.annotations.Nullable Object b) {
    return (a instanceof NativeHistogram x && b instanceof NativeHistogram y)
        ? KillScript.same(x, y)
        : (a instanceof Double v && b instanceof Double w)
            && Double.doubleToRawLongBits(v) == Double.doubleToRawLongBits(w);
  }

  /** What was read, and what could not be. */
  private static final class Outcome {
    int samples;
    final List<StorageException> failures = new ArrayList<>();
  }

  private static Outcome read(Tsdb db, Map<Labels, SortedMap<Long, Object>> model, String what) {
    Outcome outcome = new Outcome();
    try (Querier querier = db.querier(Long.MIN_VALUE, Long.MAX_VALUE);
        SeriesSet set =
            querier.select(
                SelectRequest.range(Long.MIN_VALUE, Long.MAX_VALUE),
                List.of(Matcher.equal("no_such_label", "")))) {
      SampleBatch batch = new SampleBatch(100);
      for (int i = 0; i < set.size(); i++) {
        try {
          SortedMap<Long, Object> want = model.getOrDefault(set.labels(i), new TreeMap<>());
          SampleReader reader = set.samples(i, null);
          for (int n; (n = reader.read(batch)) > 0; ) {
            for (int j = 0; j < n; j++) {
              Object got = batch.values[j];
              if (batch.kind == SampleBatch.Kind.HISTOGRAM) {
                got = batch.histograms[j];
              }
              if (got == null || !same(got, want.get(batch.timestamps[j]))) {
                throw new AssertionError(
                    what
                        + ": made up "
                        + set.labels(i)
                        + " at "
                        + batch.timestamps[j]
                        + ": "
                        + got
                        + ", want "
                        + want.get(batch.timestamps[j]));
              }
              outcome.samples++;
            }
          }
        } catch (StorageException e) {
          outcome.failures.add(e);
        }
      }
    } catch (StorageException e) {
      outcome.failures.add(e);
    }
    return outcome;
  }

  @Test
  void aDamagedFileIsNamedAndTheRestIsServed() throws Exception {
    long seed = Long.getLong("tsdb.faults.seed", System.nanoTime());
    int rounds = Integer.getInteger("tsdb.faults.rounds", 300);
    System.out.println("CorruptDirectoryTest seed " + seed);
    Path template = make();
    Map<Labels, SortedMap<Long, Object>> model = new TreeMap<>();
    // Deleted samples are true ones where the tombstones are lost.
    Map<Labels, SortedMap<Long, Object>> known = new TreeMap<>();
    try (Tsdb db = open(template)) {
      model.putAll(Everything.of(db));
    }
    model.forEach((labels, samples) -> known.put(labels, new TreeMap<>(samples)));
    Labels deleted = KillScript.series(0, "float0");
    for (long t = T0; t <= T0 + 20_000; t += KillScript.STEP) {
      known.get(deleted).put(t, KillScript.value(KillScript.salt(deleted), t));
    }
    int all = model.values().stream().mapToInt(SortedMap::size).sum();
    Map<String, List<String>> kinds = new TreeMap<>();
    for (String file : files(template)) {
      kinds.computeIfAbsent(kind(file), k -> new ArrayList<>()).add(file);
    }
    List<String> names = new ArrayList<>(kinds.keySet());
    Map<String, Integer> refused = new TreeMap<>();
    Map<String, Integer> told = new TreeMap<>();
    for (int i = 0; i < rounds; i++) {
      int round = i;
      assertTimeoutPreemptively(
          Duration.ofMinutes(1),
          () -> {
            Random random = new Random(seed + round);
            String kind = names.get(round % names.size());
            List<String> choice = kinds.get(kind);
            String file = choice.get(random.nextInt(choice.size()));
            Path directory = root.resolve("damaged");
            copy(template, directory);
            String how = damage(directory.resolve(file), random);
            String what = "seed " + seed + ", round " + round + ", " + file + " " + how;
            Tsdb db = null;
            try {
              db = open(directory);
              Outcome outcome = read(db, known, what);
              for (StorageException e : outcome.failures) {
                assertThat(e.kind()).as(what).isEqualTo(StorageException.Kind.CORRUPTION);
                assertThat(e.getMessage())
                    .as(what)
                    .contains(Path.of(file).getFileName().toString());
              }
              boolean reported =
                  !outcome.failures.isEmpty()
                      || !db.blockSet().setAside().isEmpty()
                      || db.head().counters().logCorruptions.sum() > 0
                      || db.head().counters().headChunkCorruptions.sum() > 0;
              if (reported) {
                told.merge(kind, 1, Integer::sum);
              } else if (outcome.samples < all
                  && !kind.equals("meta.json")
                  && !(how.startsWith("cut") && (kind.equals("wal") || kind.equals("wbl")))) {
                // A log that ends early at the end of a record is a good log; meta.json has no
                // checksum.
                throw new AssertionError(
                    what + ": lost " + (all - outcome.samples) + " samples without a word");
              }
              // It takes samples all the same.
              commit(db, T0 + 3000 * KillScript.STEP);
            } catch (StorageException e) {
              refused.merge(kind, 1, Integer::sum);
              assertThat(e.kind())
                  .as("%s: %s", what, e)
                  .isIn(StorageException.Kind.CORRUPTION, StorageException.Kind.IO);
              assertThat(e.getMessage()).as(what).contains(Path.of(file).getFileName().toString());
            } catch (RuntimeException | OutOfMemoryError | InternalError e) {
              throw new AssertionError(what, e);
            } finally {
              if (db != null) {
                try {
                  db.close();
                } catch (StorageException e) {
                  throw new AssertionError(what, e);
                }
              }
            }
            new RealDisk().delete(directory);
          });
    }
    System.out.println(
        "CorruptDirectoryTest: told " + told + ", refused to open " + refused + " of " + rounds);
  }
}
