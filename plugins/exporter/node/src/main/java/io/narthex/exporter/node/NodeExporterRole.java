package io.narthex.exporter.node;

import io.narthex.api.service.Role;
import java.util.List;
import org.pf4j.Extension;

/** The program {@code node_exporter}: it needs no configuration file. */
@Extension
public final class NodeExporterRole implements Role {
  @Override
  public String name() {
    return "node_exporter";
  }

  @Override
  public String title() {
    return "Node Exporter";
  }

  @Override
  public String standsInFor() {
    return "1.12.1";
  }

  @Override
  public int order() {
    return 20;
  }

  @Override
  public String defaultListenAddress() {
    return ":9100";
  }

  @Override
  public String defaultConfigFile() {
    return "";
  }

  @Override
  public String baseConfiguration() {
    return "exporters: {node: {}}";
  }

  /** Of Go's run time and of systemd's socket activation. */
  @Override
  public List<String> flagsWithoutEffect() {
    return List.of("runtime.gomaxprocs", "web.systemd-socket!");
  }
}
