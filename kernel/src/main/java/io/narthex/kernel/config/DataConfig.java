package io.narthex.kernel.config;

import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;

/**
 * The {@code data} section.
 *
 * @param path where everything is kept that must survive a restart; relative to the working
 *     directory
 */
public record DataConfig(
    @Flag(value = "data.path", help = "Directory of everything that must survive a restart.")
        @Default("data/")
        String path) {
  public DataConfig {
    if (path.isEmpty()) {
      throw new IllegalArgumentException("cannot use data.path: it is empty; want a directory");
    }
  }
}
