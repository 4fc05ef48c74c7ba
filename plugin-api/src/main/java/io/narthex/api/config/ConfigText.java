package io.narthex.api.config;

import io.narthex.api.Api;

/**
 * Writes records of the configuration as text for pages and the HTTP API; a service of the kernel.
 * Safe for any number of threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface ConfigText {
  /**
   * A record as YAML, as Prometheus shows configuration: what is empty by default is left out,
   * secrets are {@code <secret>}, passwords in URLs {@code xxxxx}.
   *
   * @param record one that the configuration binds, as the item of a section
   * @return lines with a line feed each; empty for a record that has nothing to say
   */
  String yaml(Record record);
}
