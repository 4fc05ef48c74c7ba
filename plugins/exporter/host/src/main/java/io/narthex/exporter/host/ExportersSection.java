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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pf4j.Extension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the configured exporters run and opens the servers that are theirs alone. */
@Extension
public final class ExportersSection implements ConfigSection<ExportersConfig>, Service {
  private static final Logger log = LoggerFactory.getLogger(ExportersSection.class);

  private final Exporters exporters;
  private final MetricsPage page;
  private final WebHost host;
  private final Program program;
  private final Map<ExportersConfig.Server, WebHost.Server> open = new LinkedHashMap<>();
  private volatile Optional<ExportersConfig> config = Optional.empty();
  private boolean started;

  /** Takes what it works with. */
  @Inject
  public ExportersSection(Exporters exporters, MetricsPage page, WebHost host, Program program) {
    this.exporters = exporters;
    this.page = page;
    this.host = host;
    this.program = program;
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

  /** The configuration in force; empty before the first. */
  Optional<ExportersConfig> config() {
    return config;
  }

  @Override
  public Prepared prepare(ExportersConfig next, ConfigSnapshot snapshot) throws ConfigException {
    ExporterContext context = new ExporterContext(snapshot.baseDirectory());
    List<RunningExporter> prepared = new ArrayList<>();
    List<RunningExporter> made = new ArrayList<>();
    for (Configured<ExporterProvider<?>> configured : next.exporters()) {
      // What has not changed goes on, with the state it has.
      Optional<RunningExporter> same =
          exporters.running().stream().filter(e -> e.configured().equals(configured)).findFirst();
      try {
        RunningExporter exporter =
            same.isPresent()
                ? same.get()
                : new RunningExporter(configured, ExporterProvider.create(configured, context));
        prepared.add(exporter);
        if (same.isEmpty()) {
          made.add(exporter);
        }
      } catch (RuntimeException e) {
        made.forEach(RunningExporter::close);
        String name = configured.provider().name();
        throw new ConfigException(name, "cannot make exporter " + name + ": " + e.getMessage(), e);
      }
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

  private synchronized void apply(ExportersConfig next, List<RunningExporter> prepared) {
    exporters.replace(prepared);
    config = Optional.of(next);
    if (started) {
      openServers();
    }
  }

  @Override
  public synchronized void start() {
    started = true;
    openServers();
  }

  @Override
  public synchronized void stop() {
    started = false;
    open.values().forEach(WebHost.Server::close);
    open.clear();
  }

  /**
   * Closes the servers that are no longer configured and opens those that are and are not open yet.
   */
  private void openServers() {
    List<ExportersConfig.Server> wanted = config.map(ExportersConfig::servers).orElse(List.of());
    open.entrySet()
        .removeIf(entry -> {
          boolean gone = !wanted.contains(entry.getKey());
          if (gone) {
            entry.getValue().close();
          }
          return gone;
        });
    for (ExportersConfig.Server server : wanted) {
      if (open.containsKey(server)) {
        continue;
      }
      String name = server.exporters().size() == 1 ? server.exporters().get(0) : "exporters";
      try {
        WebHost.Server opened =
            host.open(
                new WebHost.ServerConfig(
                    "exporter-" + name, server.listenAddresses(), server.webConfigFile()),
                ExporterRoutes.of(server, page, exporters, program, name));
        open.put(server, opened);
        log.info(
            "exporters are served exporters={} address={} path={}",
            server.exporters().isEmpty() ? "all" : server.exporters(),
            opened.addresses(),
            server.telemetryPath());
      } catch (IOException e) {
        // Mostly the port is taken by the program that we stand in for; all else goes on without
        // it.
        log.error(
            "exporters are not served exporters={} reason=\"{}\"",
            server.exporters(),
            e.getMessage());
      }
    }
  }
}
