package io.narthex.storage.tsdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.config.Defaults;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageContext;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TsdbMetricsTest {
  /** Upstream's metrics that this database does not have, and why. */
  private static final Map<String, String> NOT_HERE =
      Map.ofEntries(
          Map.entry("prometheus_tsdb_checkpoint_deletions_total", "only failures are counted"),
          Map.entry("prometheus_tsdb_chunk_write_queue_operations_total", "there is no queue"),
          Map.entry("prometheus_tsdb_head_active_appenders", "appenders are not counted"),
          Map.entry("prometheus_tsdb_head_native_histogram_buckets", "not counted"),
          Map.entry("prometheus_tsdb_head_native_histogram_series", "not counted"),
          Map.entry("prometheus_tsdb_head_stale_series", "not counted"),
          Map.entry("prometheus_tsdb_isolation_high_watermark", "no numbers of appends"),
          Map.entry("prometheus_tsdb_isolation_low_watermark", "no numbers of appends"),
          Map.entry("prometheus_tsdb_mmap_chunks_total", "not counted"),
          Map.entry("prometheus_tsdb_sample_ooo_delta", "would cost time for each sample"),
          Map.entry("prometheus_tsdb_selected_series_compaction_duration_seconds", "no such call"),
          Map.entry("prometheus_tsdb_selected_series_compactions_failed_total", "no such call"),
          Map.entry("prometheus_tsdb_selected_series_compactions_triggered_total", "no such call"),
          Map.entry("prometheus_tsdb_symbol_table_size_bytes", "symbols are mapped"),
          Map.entry("prometheus_tsdb_wal_replay_unknown_refs_total", "told in the log"),
          Map.entry("prometheus_tsdb_wbl_replay_unknown_refs_total", "told in the log"));

  @TempDir Path directory;
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final TsdbProvider provider = new TsdbProvider(registry, Clock.systemUTC());

  private Storage create(String name) {
    return provider.create(
        Defaults.of(TsdbConfig.class), new StorageContext(directory.resolve(name), 100, Set.of()));
  }

  private String text() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrometheusTextFormatWriter.create()
        .write(out, registry.scrape(), EscapingScheme.UNDERSCORE_ESCAPING);
    return out.toString(StandardCharsets.UTF_8);
  }

  private Map<String, String> types() throws IOException {
    Map<String, String> types = new TreeMap<>();
    text()
        .lines()
        .filter(line -> line.startsWith("# TYPE "))
        .map(line -> line.split(" "))
        .forEach(words -> types.put(words[2], words[3]));
    return types;
  }

  private static Map<String, String> upstream() throws IOException {
    try (InputStream in =
        TsdbMetricsTest.class.getResourceAsStream("metrics-of-prometheus-3.14.txt")) {
      Map<String, String> types = new TreeMap<>();
      new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.split(" "))
          .forEach(words -> types.put(words[0], words[1]));
      return types;
    }
  }

  @Test
  void hasTheNamesAndTypesOfPrometheus() throws Exception {
    try (Storage storage = create("a")) {
      storage.start();
      Map<String, String> wanted = upstream();
      assertThat(wanted.keySet()).containsAll(NOT_HERE.keySet());
      wanted.keySet().removeAll(NOT_HERE.keySet());
      Map<String, String> have = types();
      have.keySet().removeIf(name -> name.startsWith("narthex_"));
      assertThat(have).containsExactlyEntriesOf(wanted);
    }
  }

  @Test
  void canBeReadBeforeTheDatabaseIsOpenAndAfter() throws Exception {
    Storage storage = create("a");
    Set<String> names = types().keySet();
    storage.start();
    assertThat(types().keySet()).isEqualTo(names);
    storage.close();
    assertThat(types().keySet()).isEqualTo(names);
  }

  @Test
  void namesTheCounterOfCreatedSeriesAsDashboardsDoInAllFormats() throws Exception {
    try (Storage storage = create("a")) {
      storage.start();
      assertThat(text()).contains("\nprometheus_tsdb_head_series_created_total 0.0\n");
      for (EscapingScheme escaping :
          List.of(EscapingScheme.ALLOW_UTF8, EscapingScheme.UNDERSCORE_ESCAPING)) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        OpenMetricsTextFormatWriter.create().write(out, registry.scrape(), escaping);
        assertThat(out.toString(StandardCharsets.UTF_8))
            .contains("# TYPE prometheus_tsdb_head_series_created counter\n")
            .contains("\nprometheus_tsdb_head_series_created_total 0.0\n");
      }
    }
  }

  @Test
  void belongToTheStorageThatWasMadeLast() throws Exception {
    create("a").close();
    try (Storage storage = create("b")) {
      storage.start();
      assertThat(text()).containsPattern("\nprometheus_tsdb_reloads_total [1-9]");
    }
  }

  @Test
  void saysWhatIsKept() throws Exception {
    try (Storage storage = create("a")) {
      assertThat(text())
          .contains("\nprometheus_tsdb_retention_limit_seconds 1296000.0\n")
          .contains("\nprometheus_tsdb_retention_limit_bytes 0.0\n");
    }
  }
}
