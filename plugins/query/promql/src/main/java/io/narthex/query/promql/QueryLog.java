package io.narthex.query.promql;

import io.narthex.api.config.ConfigException;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryOrigin;
import io.narthex.api.query.QueryStatistics;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The query log, {@code global.query_log_file}: a line of JSON for each query that was evaluated,
 * with the keys of Prometheus 3.14 in its order. Off until {@link #use} gives it a file. Safe for
 * any number of threads.
 */
final class QueryLog implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(QueryLog.class);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  /** Timings in the order of Prometheus. */
  private static final String[] TIMINGS = {
    "evalTotalTime",
    "resultSortTime",
    "queryPreparationTime",
    "innerEvalTime",
    "execQueueTime",
    "execTotalTime"
  };

  /**
   * A query that has ended.
   *
   * @param query its text
   * @param start first time of evaluation, milliseconds
   * @param end last time of evaluation, milliseconds
   * @param step milliseconds; 0 for an instant query
   * @param failure why it has no result, null where it has one
   * @param user who asked, empty for nobody in particular
   */
  record Entry(
      String query,
      long start,
      long end,
      long step,
      @Nullable QueryException failure,
      QueryStatistics statistics,
      QueryOrigin origin,
      String user) {}

  private final EngineMetrics metrics;
  private final Clock clock;
  private volatile @Nullable FileOutputStream file;

  /** Whether the last line could not be written; guarded by this. */
  private boolean failing;

  QueryLog(EngineMetrics metrics, Clock clock) {
    this.metrics = metrics;
    this.clock = clock;
  }

  /** Opens a file to append to. */
  static FileOutputStream open(Path path) throws ConfigException {
    try {
      return new FileOutputStream(path.toFile(), true);
    } catch (IOException e) {
      throw new ConfigException(
          "", "can't create json log file: open " + path + ": " + reason(path), e);
    }
  }

  /** Why a file cannot be opened, in the words of the system. */
  private static String reason(Path path) {
    if (Files.isDirectory(path)) {
      return "is a directory";
    }
    try {
      Files.newOutputStream(path, java.nio.file.StandardOpenOption.APPEND).close();
      return "input/output error";
    } catch (NoSuchFileException e) {
      Path parent = path.toAbsolutePath().getParent();
      return parent != null && Files.isDirectory(parent)
          ? "permission denied"
          : "no such file or directory";
    } catch (AccessDeniedException e) {
      return "permission denied";
    } catch (FileSystemException e) {
      String reason = e.getReason();
      return reason == null ? "input/output error" : reason.toLowerCase(java.util.Locale.ROOT);
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** Goes on with another file, or with none, and closes the one before. */
  synchronized void use(@Nullable FileOutputStream next) {
    FileOutputStream before = file;
    file = next;
    failing = false;
    metrics.queryLog(next != null);
    if (before != null) {
      try {
        before.close();
      } catch (IOException e) {
        log.warn("Error while closing the previous query log file err={}", e.toString());
      }
    }
  }

  /** Whether queries are logged. */
  boolean isOn() {
    return file != null;
  }

  /** Writes a line; what cannot be written is counted. */
  void write(Entry entry) {
    byte[] line = line(entry, clock.instant()).getBytes(StandardCharsets.UTF_8);
    synchronized (this) {
      FileOutputStream to = file;
      if (to == null) {
        return;
      }
      try {
        to.write(line);
        failing = false;
      } catch (IOException e) {
        metrics.queryLogFailed();
        if (!failing) {
          failing = true;
          log.error("can't log query err={}", e.toString());
        }
      }
    }
  }

  static String line(Entry entry, Instant now) {
    JsonText json = new JsonText().raw("{");
    json.key("time").string(TIME.format(now));
    json.key("level").string("INFO");
    json.key("source").string("PromqlEngine.java");
    json.key("msg").string("promql query logged");
    json.key("params").raw("{");
    json.key("end").string(TIME.format(Instant.ofEpochMilli(entry.end)));
    json.key("query").string(entry.query);
    json.key("start").string(TIME.format(Instant.ofEpochMilli(entry.start)));
    json.key("step").number(entry.step / 1000).raw("}");
    if (entry.failure != null) {
      json.key("error").string(String.valueOf(entry.failure.getMessage()));
    }
    json.key("stats").raw("{");
    statistics(entry, json);
    json.raw("}");
    json.key("spanID").string("0000000000000000");
    switch (entry.origin) {
      case QueryOrigin.HttpRequest(String client, String method, String path) -> {
        json.key("httpRequest").raw("{");
        json.key("clientIP").string(client);
        json.key("method").string(method);
        json.key("path").string(path).raw("}");
      }
      case QueryOrigin.RuleGroup(String file, String name) -> {
        json.key("ruleGroup").raw("{");
        json.key("file").string(file);
        json.key("name").string(name).raw("}");
      }
      case QueryOrigin.Unknown() -> {}
    }
    if (!entry.user.isEmpty()) {
      // Not in Prometheus, so it stands behind what is, and only where there is one.
      json.key("user").string(entry.user);
    }
    return json.raw("}\n").toString();
  }

  private static void statistics(Entry entry, JsonText json) {
    QueryStatistics statistics = entry.statistics;
    Map<String, Double> timings = statistics.timings();
    json.key("timings").raw("{");
    for (String timing : TIMINGS) {
      json.key(timing).number(timings.getOrDefault(timing, 0.0));
    }
    json.raw("}").key("samples").raw("{");
    perStep("totalQueryableSamplesPerStep", statistics.samplesPerStep(), entry, json);
    json.key("totalQueryableSamples").number(statistics.totalSamples());
    perStep("samplesReadPerStep", statistics.samplesReadPerStep(), entry, json);
    json.key("samplesRead").number(statistics.samplesRead());
    json.key("peakSamples").number(statistics.peakSamples()).raw("}");
  }

  private static void perStep(String key, long[] counts, Entry entry, JsonText json) {
    if (counts.length == 0) {
      return;
    }
    json.key(key).raw("[");
    for (int i = 0; i < counts.length; i++) {
      json.raw(i == 0 ? "[" : ",[").number((entry.start + i * entry.step) / 1000.0);
      json.raw(",").number(counts[i]).raw("]");
    }
    json.raw("]");
  }

  /** Closes the file. May be called twice. */
  @Override
  public void close() {
    use(null);
  }
}
