package io.narthex.exporter.host;

import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Configured;
import io.narthex.api.config.Prepared;
import io.narthex.api.exporter.ExporterContext;
import io.narthex.api.exporter.ExporterProvider;
import io.narthex.api.plugin.Program;
import io.narthex.api.service.Service;
import io.narthex.api.web.MetricsPage;
import io.narthex.api.web.WebHost;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.pf4j.Extension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the configured exporters run and opens the servers that are theirs alone. A server that
 * cannot be opened, mostly because the program that Narthex stands in for still has the port, is
 * tried again every few seconds.
 */
@Extension
public final class ExportersSection implements ConfigSection<ExportersConfig>, Service {
  static final Duration RETRY = Duration.ofSeconds(5);

  private static final Logger log = LoggerFactory.getLogger(ExportersSection.class);
  private static final Duration MAKING = Duration.ofSeconds(10);

  private final Exporters exporters;
  private final MetricsPage page;
  private final WebHost host;
  private final Program program;
  private final ExporterMaker maker;
  private final Repeater repeater;

  private volatile Optional<Telemetry> telemetry = Optional.empty();

  // Guarded by this.
  private final Map<ExportersConfig.Server, WebHost.Server> open = new LinkedHashMap<>();
  private final Map<ExportersConfig.Server, String> refused = new LinkedHashMap<>();
  private Set<ExportersConfig.Server> wanted = Set.of();
  private boolean started;
  private Repeater.Ending retrying = () -> {};

  /** Takes what it works with. */
  @Inject
  public ExportersSection(Exporters exporters, MetricsPage page, WebHost host, Program program) {
    this(exporters, page, host, program, new ExporterMaker(MAKING), Repeater::onVirtualThread);
  }

  ExportersSection(
      Exporters exporters,
      MetricsPage page,
      WebHost host,
      Program program,
      ExporterMaker maker,
      Repeater repeater) {
    this.exporters = exporters;
    this.page = page;
    this.host = host;
    this.program = program;
    this.maker = maker;
    this.repeater = repeater;
  }

  @Override
  public String key() {
    return "exporters";
  }

  @Override
  public ConfigShape<ExportersConfig> shape() {
    return ConfigShape.of(ExportersConfig.class);
  }

  @Override
  public String name() {
    return "exporters";
  }

  /** How metrics are served; empty before the first configuration. */
  Optional<Telemetry> telemetry() {
    return telemetry;
  }

  @Override
  public Prepared prepare(ExportersConfig next, ConfigSnapshot snapshot) throws ConfigException {
    checkServers(next);
    ExporterContext context = new ExporterContext(snapshot.baseDirectory());
    List<RunningExporter> prepared = new ArrayList<>();
    List<RunningExporter> made = new ArrayList<>();
    try {
      for (Configured<ExporterProvider<?>> configured : next.exporters()) {
        // What has not changed goes on, with the state it has.
        Optional<RunningExporter> same =
            exporters.running().stream().filter(e -> e.serves(configured)).findFirst();
        if (same.isPresent()) {
          prepared.add(same.get());
        } else {
          RunningExporter exporter = maker.make(configured, context);
          prepared.add(exporter);
          made.add(exporter);
        }
      }
    } catch (ConfigException | RuntimeException | LinkageError e) {
      made.forEach(RunningExporter::close);
      throw e;
    }
    return new Prepared() {
      @Override
      public void apply() {
        ExportersSection.this.apply(next, prepared);
      }

      @Override
      public void discard() {
        made.forEach(RunningExporter::close);
      }
    };
  }

  /**
   * A server may name only exporters that are configured. An exporter whose plugin has just gone is
   * not configured any more; a server that is in force already may keep its name, or the plugin's
   * end would make the whole configuration invalid.
   */
  private synchronized void checkServers(ExportersConfig next) throws ConfigException {
    Set<String> names = new TreeSet<>();
    next.exporters().forEach(e -> names.add(e.provider().name()));
    for (int i = 0; i < next.servers().size(); i++) {
      ExportersConfig.Server server = next.servers().get(i);
      if (wanted.contains(server)) {
        continue;
      }
      for (int j = 0; j < server.exporters().size(); j++) {
        String name = server.exporters().get(j);
        if (!names.contains(name)) {
          throw new ConfigException(
              "servers[" + i + "].exporters[" + j + "]",
              "cannot serve exporter \"" + name + "\": it is not configured; want one of " + names,
              null);
        }
      }
    }
  }

  private synchronized void apply(ExportersConfig next, List<RunningExporter> prepared) {
    exporters.replace(prepared);
    telemetry = Optional.of(Telemetry.of(next));
    wanted = new LinkedHashSet<>(next.servers());
    if (started) {
      adjustServers();
    }
  }

  @Override
  public synchronized void start() {
    if (started) {
      return;
    }
    started = true;
    adjustServers();
    retrying = repeater.every(RETRY, this::tryAgain);
  }

  @Override
  public synchronized void stop() {
    started = false;
    retrying.close();
    open.values().forEach(WebHost.Server::close);
    open.clear();
    refused.clear();
    exporters.replace(List.of());
  }

  private synchronized void tryAgain() {
    if (started && !refused.isEmpty()) {
      openMissing();
    }
  }

  /** Closes the servers that are no longer configured and opens those that are not open yet. */
  private void adjustServers() {
    open.entrySet()
        .removeIf(entry -> {
          boolean gone = !wanted.contains(entry.getKey());
          if (gone) {
            entry.getValue().close();
            log.info("exporters are no longer served address={}", entry.getValue().addresses());
          }
          return gone;
        });
    refused.keySet().retainAll(wanted);
    openMissing();
  }

  private void openMissing() {
    for (ExportersConfig.Server server : wanted) {
      if (open.containsKey(server)) {
        continue;
      }
      String name = server.exporters().size() == 1 ? server.exporters().get(0) : "exporters";
      String what = server.exporters().isEmpty() ? "all" : String.join(",", server.exporters());
      try {
        WebHost.Server opened =
            host.open(
                new WebHost.ServerConfig(
                    "exporter-" + name, server.listenAddresses(), server.webConfigFile()),
                ExporterRoutes.of(server, page, exporters, program, name));
        open.put(server, opened);
        refused.remove(server);
        log.info(
            "exporters are served exporters={} address={} path={}",
            what,
            opened.addresses(),
            server.telemetryPath());
      } catch (IOException | RuntimeException e) {
        // All else goes on without it.
        String reason = String.valueOf(e.getMessage());
        if (!reason.equals(refused.put(server, reason))) {
          log.error(
              "exporters are not served, trying again exporters={} reason=\"{}\" seconds={}",
              what,
              reason,
              RETRY.toSeconds());
        }
      }
    }
  }
}
