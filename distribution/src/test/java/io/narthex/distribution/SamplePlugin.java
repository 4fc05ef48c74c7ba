package io.narthex.distribution;

import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;

/** Makes plugins while a test runs, against the libraries of an installation. */
final class SamplePlugin {
  private SamplePlugin() {}

  /** An exporter named {@code id} whose provider does {@code inConstructor} before it is made. */
  static Path exporter(
      Installation installation,
      Path jar,
      String id,
      Map<String, String> manifest,
      String inConstructor)
      throws IOException {
    String type = Character.toUpperCase(id.charAt(0)) + id.substring(1) + "Provider";
    String source =
        """
        package com.example.sample;

        import io.narthex.api.Provider;
        import io.narthex.api.exporter.ExporterContext;
        import io.narthex.api.exporter.ExporterProvider;
        import io.prometheus.metrics.model.registry.MultiCollector;
        import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
        import io.prometheus.metrics.model.snapshots.MetricSnapshots;

        public final class %1$s implements ExporterProvider<Provider.NoConfig> {
          public %1$s() {
            %2$s
          }

          @Override
          public String name() {
            return "%3$s";
          }

          @Override
          public Class<Provider.NoConfig> configType() {
            return Provider.NoConfig.class;
          }

          @Override
          public MultiCollector create(Provider.NoConfig config, ExporterContext context) {
            return () ->
                new MetricSnapshots(
                    GaugeSnapshot.builder()
                        .name("%3$s_works")
                        .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder().value(1).build())
                        .build());
          }
        }
        """
            .formatted(type, inConstructor, id);
    return write(installation, jar, id, manifest, type, source);
  }

  /**
   * A plugin with one extension.
   *
   * @param type simple name of its class
   * @param interfaces what the class implements
   * @param body of the class; what the API has for it is imported
   */
  static Path extension(
      Installation installation, Path jar, String id, String type, String interfaces, String body)
      throws IOException {
    String source =
        """
        package com.example.sample;

        import io.narthex.api.Provider;
        import io.narthex.api.exporter.ExporterContext;
        import io.narthex.api.exporter.ExporterProvider;
        import io.narthex.api.plugin.Extensions;
        import io.narthex.api.service.Role;
        import io.narthex.api.service.Service;
        import io.narthex.api.web.Route;
        import io.narthex.api.web.Routes;
        import io.prometheus.metrics.model.registry.MultiCollector;
        import jakarta.inject.Inject;
        import java.util.List;
        import java.util.Optional;
        import org.pf4j.ExtensionPoint;

        public final class %s implements %s {
        %s
        }
        """
            .formatted(type, interfaces, body);
    return write(installation, jar, id, Map.of(), type, source);
  }

  private static Path write(
      Installation installation,
      Path jar,
      String id,
      Map<String, String> extra,
      String type,
      String source)
      throws IOException {
    Path work = Files.createTempDirectory("plugin-" + id);
    Path file = work.resolve("com/example/sample/" + type + ".java");
    Files.createDirectories(file.getParent());
    Files.writeString(file, source);
    StringWriter messages = new StringWriter();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      try (Stream<Path> lib = Files.list(installation.home().resolve("lib"))) {
        files.setLocationFromPaths(
            StandardLocation.CLASS_PATH, lib.filter(p -> p.toString().endsWith(".jar")).toList());
      }
      boolean compiled =
          compiler
              .getTask(
                  messages,
                  files,
                  null,
                  List.of("-d", work.toString(), "-proc:none"),
                  null,
                  files.getJavaFileObjects(file))
              .call();
      if (!compiled) {
        throw new IllegalStateException(messages.toString());
      }
    }
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Plugin-Id", id);
    main.putValue("Plugin-Version", "1.0.0");
    extra.forEach(main::putValue);
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream archive = new JarOutputStream(out, manifest);
        Stream<Path> walk = Files.walk(work)) {
      for (Path path : walk.filter(p -> p.toString().endsWith(".class")).toList()) {
        archive.putNextEntry(new ZipEntry(work.relativize(path).toString()));
        archive.write(Files.readAllBytes(path));
        archive.closeEntry();
      }
      archive.putNextEntry(new ZipEntry("META-INF/extensions.idx"));
      archive.write(("com.example.sample." + type + "\n").getBytes(StandardCharsets.UTF_8));
      archive.closeEntry();
    }
    return jar;
  }
}
