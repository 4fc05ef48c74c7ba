package io.narthex.ingest.scrape;

import io.narthex.api.config.Defaults;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;
import io.narthex.api.plugin.Current;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendError;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.Storage;
import io.narthex.format.prometheustext.PrometheusTextFormat;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Measures, by hand, what a scrape costs without network and storage: 500 targets of 1,000 series,
 * plain and gzipped, and what the caches of so many series take.
 */
final class ScrapeBenchmark {
  private static final int TARGETS = 500;
  private static final int SERIES = 1000;

  /** Takes everything and keeps nothing. */
  private static final class Nowhere implements Storage, Appender {
    private long next = 1;
    long samples;

    @Override
    public void start() {}

    @Override
    public Appender appender(AppendOptions options) {
      return this;
    }

    @Override
    public Querier querier(long minTime, long maxTime) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long minTime() {
      return 0;
    }

    @Override
    public long maxTime() {
      return 0;
    }

    @Override
    public long series(Labels labels) {
      return next++;
    }

    @Override
    public void append(AppendBatch batch, AppendErrors errors) {
      samples += batch.size;
    }

    @Override
    public AppendError appendExemplar(long series, io.narthex.api.model.Exemplar exemplar) {
      return null;
    }

    @Override
    public void updateMetadata(long series, Metadata metadata) {}

    @Override
    public void commit() {}

    @Override
    public void rollback() {}

    @Override
    public void close() {}
  }

  private ScrapeBenchmark() {}

  public static void main(String[] args) throws Exception {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < SERIES; i++) {
      if (i % 10 == 0) {
        text.append("# HELP metric_").append(i / 10).append("_total Some help text for it.\n");
        text.append("# TYPE metric_").append(i / 10).append("_total counter\n");
      }
      text.append("metric_").append(i / 10).append("_total{handler=\"/api/v1/");
      text.append(i % 10).append("\",code=\"200\",method=\"get\"} ").append(i * 17.25).append('\n');
    }
    Fakes.Answer plain = Fakes.Answer.text(text.toString());
    Nowhere nowhere = new Nowhere();
    Negotiation negotiation = new Negotiation(List.of(new PrometheusTextFormat()), 1);
    ScrapeSettings settings = Defaults.of(ScrapeSettings.class);
    Surroundings around =
        new Surroundings(
            Current.of(nowhere),
            () -> negotiation,
            new Workspace.Pool(4, Workspace.Budget.of(Runtime.getRuntime().maxMemory())),
            new ScrapeMetrics(new PrometheusRegistry()),
            new Fakes.FakeTime(),
            () -> settings,
            ScrapeFeatures.NONE,
            FamilyCache.Shared.of(Runtime.getRuntime().maxMemory()),
            "Prometheus/3.14.0",
            0);
    Job job = Fakes.job(Map.of());
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (Fakes.Answer answer : List.of(plain, plain.gzipped())) {
      Fakes.FakeCaller caller = new Fakes.FakeCaller().answer(answer);
      List<ScrapeLoop> loops = new ArrayList<>();
      long before = heap();
      for (int i = 0; i < TARGETS; i++) {
        Target target = Fakes.target(job, "host" + i);
        loops.add(
            new ScrapeLoop(
                around, job, new SeriesNaming(job), caller, FailureLog.NONE, target, null));
      }
      for (int round = 0; round < 30; round++) {
        nowhere.samples = 0;
        caller.requests.clear();
        long allocated = threads.getCurrentThreadAllocatedBytes();
        long start = threads.getCurrentThreadCpuTime();
        for (ScrapeLoop loop : loops) {
          loop.scrape(Fakes.T0 + 10_000L * round);
        }
        double nanos = threads.getCurrentThreadCpuTime() - start;
        if (round % 5 == 0 || round == 29) {
          System.out.printf(
              "round %d: %.3f CPU-s per million samples, %.1f bytes allocated a sample%n",
              round,
              nanos / 1e3 / nowhere.samples,
              (double) (threads.getCurrentThreadAllocatedBytes() - allocated) / nowhere.samples);
        }
      }
      caller.requests.clear();
      System.out.printf(
          "%.1f bytes of heap a series (%d series)%n",
          (double) (heap() - before) / (TARGETS * SERIES), TARGETS * SERIES);
      loops.clear();
    }
  }

  private static long heap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
