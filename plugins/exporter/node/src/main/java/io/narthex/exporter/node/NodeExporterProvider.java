package io.narthex.exporter.node;

import io.narthex.api.exporter.ExporterContext;
import io.narthex.api.exporter.ExporterProvider;
import io.narthex.api.plugin.Program;
import io.prometheus.metrics.model.registry.MultiCollector;
import jakarta.inject.Inject;
import java.time.Clock;
import org.pf4j.Extension;

/** Brings the exporter {@code node}: this machine's metrics under node_exporter's names. */
@Extension
public final class NodeExporterProvider implements ExporterProvider<NodeExporterConfig> {
  private final Program program;
  private final Clock clock;

  /** Made by the kernel. */
  @Inject
  public NodeExporterProvider(Program program, Clock clock) {
    this.program = program;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "node";
  }

  @Override
  public Class<NodeExporterConfig> configType() {
    return NodeExporterConfig.class;
  }

  @Override
  public MultiCollector create(NodeExporterConfig config, ExporterContext context) {
    return new NodeExporter(config, program.version(), new Libc(), clock, System::nanoTime);
  }
}
