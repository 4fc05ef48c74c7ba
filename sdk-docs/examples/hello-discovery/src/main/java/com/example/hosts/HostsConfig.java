package com.example.hosts;

import io.narthex.api.config.Default;
import io.narthex.api.config.Help;
import java.time.Duration;

/**
 * One item of {@code hello_sd_configs}.
 *
 * @param file relative names start at the configuration file's directory
 * @param refreshInterval how often the file is read
 */
public record HostsConfig(
    @Help("File with one host:port a line; lines that begin with # are left out.") String file,
    @Help("How often the file is read.") @Default("5s") Duration refreshInterval) {

  /** Refuses what cannot work; an absent {@code file} arrives here as the empty string. */
  public HostsConfig {
    if (file.isEmpty()) {
      throw new IllegalArgumentException(
          "cannot find hosts: file is empty, want the name of a file");
    }
    if (!refreshInterval.isPositive()) {
      throw new IllegalArgumentException("cannot find hosts: refresh_interval is 0s, want more");
    }
  }
}
