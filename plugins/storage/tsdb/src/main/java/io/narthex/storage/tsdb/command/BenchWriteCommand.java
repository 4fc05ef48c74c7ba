package io.narthex.storage.tsdb.command;

import io.narthex.api.command.Flags;
import io.narthex.api.command.GoDuration;
import io.narthex.api.command.Invocation;
import io.narthex.api.format.FloatText;
import io.narthex.api.model.Labels;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.Tsdb;
import io.narthex.storage.tsdb.TsdbSettings;
import io.narthex.storage.tsdb.compact.Retention;
import io.narthex.storage.tsdb.file.RealDisk;
import io.narthex.storage.tsdb.head.HeadOptions;
import io.narthex.storage.tsdb.wal.Compression;
import io.narthex.storage.tsdb.wal.WalWriter;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.pf4j.Extension;

/** {@code promtool tsdb bench write}: appends scrapes to a new database as fast as it goes. */
@Extension
public final class BenchWriteCommand extends TsdbCommand {
  private static final long TWO_HOURS = 2 * 60 * 60 * 1000L;
  private static final long SCRAPE_INTERVAL = 30_000;
  private static final int SHARD = 1000;
  private static final int ROUND = 100;
  private static final String DEFAULT_FILE = "../../tsdb/testdata/20kseries.json";

  public BenchWriteCommand() {}

  @Override
  public List<String> path() {
    return words("tsdb", "bench", "write");
  }

  @Override
  public String summary() {
    return "Measures how fast samples are written to a new database.";
  }

  @Override
  public String help() {
    return """
    Usage: promtool tsdb bench write [flags] [<file>]

    Flags:
      --out=benchout     folder for the database; what is in it is deleted first
      --metrics=10000    how many series to read from the file
      --scrapes=3000     how many scrapes to simulate

    Arguments:
      <file>    labels of a series on each line, {"name":"value",...}; default %s\
    """
        .formatted(DEFAULT_FILE);
  }

  @Override
  protected Flags.Syntax syntax() {
    return new Flags.Syntax().value("out").value("metrics").value("scrapes").optional("file");
  }

  private interface Work<T> {
    T run() throws IOException, StorageException, InterruptedException;
  }

  @Override
  protected int run(Flags flags, Invocation call) throws Exception {
    int metrics = integer(flags, "metrics", 10_000);
    int scrapes = integer(flags, "scrapes", 3_000);
    Path out = call.workingDirectory().resolve(flags.value("out", "benchout"));
    String file = flags.argument(0, DEFAULT_FILE);
    RealDisk disk = new RealDisk();
    disk.delete(out);
    disk.createDirectories(out);
    TsdbSettings settings =
        new TsdbSettings(
            HeadOptions.defaults(),
            TWO_HOURS,
            Compression.SNAPPY,
            128 << 20,
            WalWriter.Sync.SEGMENT,
            512L << 20,
            true,
            60_000,
            0,
            false,
            new TsdbSettings.Live(Retention.UNLIMITED, 0, 0));
    Tsdb database = new Tsdb(out.resolve("storage"), settings, disk, Clock.systemUTC());
    database.start();
    try {
      List<Labels> series =
          measured(call, "readData", () -> read(call.workingDirectory().resolve(file), metrics));
      long started = System.nanoTime();
      long total = measured(call, "ingestScrapes", () -> ingest(call, database, series, scrapes));
      double seconds = (System.nanoTime() - started) / 1e9;
      call.out().println(" > total samples: " + total);
      call.out().println(" > samples/sec: " + FloatText.text(total / seconds));
      measured(
          call,
          "stopStorage",
          () -> {
            database.close();
            return 0;
          });
    } catch (StorageException e) {
      throw new IOException(e.getMessage(), e);
    } finally {
      // Does nothing when it is closed.
      database.close();
    }
    return 0;
  }

  private static <T> T measured(Invocation call, String stage, Work<T> work)
      throws IOException, StorageException, InterruptedException {
    call.out().println(">> start stage=" + stage);
    long started = System.nanoTime();
    T result = work.run();
    call.out()
        .println(
            ">> completed stage="
                + stage
                + " duration="
                + GoDuration.text(System.nanoTime() - started));
    return result;
  }

  /** The labels of the first series; a line holds pairs {@code name:value}, marks aside. */
  static List<Labels> read(Path file, int count) throws IOException {
    Set<Labels> series = new LinkedHashSet<>();
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      String line;
      while (series.size() < count && (line = lines.readLine()) != null) {
        Labels.Builder labels = Labels.builder();
        for (String pair : line.replaceAll("[\"{}]", "").split(",", -1)) {
          int colon = pair.indexOf(':');
          if (colon > 0) {
            String rest = pair.substring(colon + 1);
            int next = rest.indexOf(':');
            labels.set(pair.substring(0, colon), next < 0 ? rest : rest.substring(0, next));
          }
        }
        series.add(labels.build());
      }
    }
    return List.copyOf(series);
  }

  private static long ingest(Invocation call, Tsdb database, List<Labels> series, int scrapes)
      throws StorageException, InterruptedException {
    long total = 0;
    try (ExecutorService threads =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
      for (int first = 0; first < scrapes; first += ROUND) {
        long start = first * SCRAPE_INTERVAL;
        List<Future<Long>> shards = new ArrayList<>();
        for (int from = 0; from < series.size(); from += SHARD) {
          List<Labels> shard = series.subList(from, Math.min(series.size(), from + SHARD));
          shards.add(threads.submit(() -> ingest(database, shard, start)));
        }
        for (Future<Long> shard : shards) {
          total += shard.get();
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof StorageException failed) {
        throw failed;
      }
      throw new IllegalStateException(e.getCause());
    }
    call.out().println("ingestion completed");
    return total;
  }

  /** A hundred scrapes of some series. */
  private static long ingest(Tsdb database, List<Labels> series, long start)
      throws StorageException {
    long[] references = new long[series.size()];
    AppendBatch batch = new AppendBatch(series.size());
    AppendErrors errors = new AppendErrors();
    long total = 0;
    for (int scrape = 1; scrape <= ROUND; scrape++) {
      try (Appender appender = database.appender(AppendOptions.DEFAULT)) {
        batch.clear();
        for (int i = 0; i < references.length; i++) {
          if (scrape == 1) {
            references[i] = appender.series(series.get(i));
          }
          batch.add(references[i], start + scrape * SCRAPE_INTERVAL, 123_456_789 + 1000L * scrape);
        }
        appender.append(batch, errors);
        appender.commit();
        total += batch.size;
      }
    }
    return total;
  }
}
