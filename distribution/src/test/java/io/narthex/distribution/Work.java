package io.narthex.distribution;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A working directory with a configuration in it, and the ports that the configuration speaks of.
 *
 * @param directory where the program is started
 * @param api what will listen on the server's port
 * @param exporters what will listen on the port of the exporters
 */
record Work(Path directory, Api api, Api exporters) {
  static Work in(Path directory) throws IOException {
    Files.createDirectories(directory);
    return new Work(directory, Api.onPort(Ports.free()), Api.onPort(Ports.free()));
  }

  /**
   * The configuration that {@code bin/narthex} starts with, on the ports of this test and with a
   * scrape every second.
   */
  Path shippedConfig(Installation installation) throws IOException {
    String shipped = Files.readString(installation.home().resolve("conf/narthex.yml"));
    String changed =
        shipped
            .replace("localhost:9090", api.address())
            .replace("localhost:9100", exporters.address())
            .replace("\":9100\"", "\"" + exporters.address() + "\"")
            .replace("15s", "1s");
    for (String kept : List.of("9090\"", "9100\"", "15s")) {
      if (Pattern.compile("(?m)^[^#]*" + kept).matcher(changed).find()) {
        throw new IllegalStateException("conf/narthex.yml has changed: " + kept + " is left");
      }
    }
    return config("narthex.yml", changed);
  }

  Path config(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  /** {@code bin/narthex} with this configuration on the port of this test. */
  Launch narthex(Installation installation, Path config) {
    return installation
        .launch(
            "narthex",
            "--config.file=" + directory.relativize(config),
            "--web.listen-address=" + api.address(),
            "--web.enable-lifecycle")
        .in(directory);
  }
}
