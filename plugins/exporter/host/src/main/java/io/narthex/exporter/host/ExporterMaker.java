package io.narthex.exporter.host;

import io.narthex.api.config.ConfigException;
import io.narthex.api.config.Configured;
import io.narthex.api.exporter.ExporterContext;
import io.narthex.api.exporter.ExporterProvider;
import io.prometheus.metrics.model.registry.MultiCollector;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls the factories of exporters, which are plugins' code, each on a daemon thread of its own
 * with a deadline: a virtual thread that computes for ever would keep a carrier. What one of them
 * does wrong stays its own affair: only a configuration that it refuses, by an {@link
 * IllegalArgumentException}, is an error of the configuration.
 */
final class ExporterMaker {
  private static final Logger log = LoggerFactory.getLogger(ExporterMaker.class);

  private final Duration deadline;

  /**
   * Makes one.
   *
   * @param deadline for each factory
   */
  ExporterMaker(Duration deadline) {
    this.deadline = deadline;
  }

  /**
   * Makes an exporter; one that fails, or does not come in time, becomes one whose scrapes fail.
   *
   * @throws ConfigException when the exporter refuses its configuration
   */
  RunningExporter make(Configured<ExporterProvider<?>> configured, ExporterContext context)
      throws ConfigException {
    String name = configured.provider().name();
    Making making = new Making(configured, context);
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .name("exporter-make-" + name)
            .inheritInheritableThreadLocals(false)
            .start(making);
    String reason;
    try {
      return making.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      reason = "no answer within " + deadline.toMillis() + "ms";
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IllegalArgumentException refusal) {
        throw new ConfigException(
            name, "cannot make exporter " + name + ": " + refusal.getMessage(), refusal);
      }
      reason = String.valueOf(e.getCause());
      log.debug("cannot make exporter exporter={}", name, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      reason = "interrupted";
    }
    making.giveUp();
    thread.interrupt();
    log.error("cannot make exporter exporter={} reason=\"{}\"", name, reason);
    return RunningExporter.failed(configured, "cannot make exporter " + name + ": " + reason);
  }

  /** Closes what comes when nobody waits for it any more. */
  private static final class Making extends FutureTask<RunningExporter> {
    private boolean abandoned;

    Making(Configured<ExporterProvider<?>> configured, ExporterContext context) {
      super(() -> {
        MultiCollector made = ExporterProvider.create(configured, context);
        return RunningExporter.of(
            configured, Objects.requireNonNull(made, "the exporter has made no collector"));
      });
    }

    @Override
    protected synchronized void set(RunningExporter made) {
      super.set(made);
      if (abandoned) {
        made.close();
      }
    }

    synchronized void giveUp() {
      abandoned = true;
      if (state() == State.SUCCESS) {
        resultNow().close();
      }
    }
  }
}
