package io.narthex.api.plugin;

import io.narthex.api.Api;
import java.nio.file.Path;
import java.time.Instant;

/**
 * The running program. Everything about the role is known once all plugins were started, so ask
 * when it is needed and not in a constructor. Safe for any number of threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface Program {
  /** How it was called: {@code narthex}, {@code prometheus}, {@code node_exporter}. */
  String name();

  /**
   * Name of the role whose flags and defaults are in force: {@code prometheus} for {@code narthex}.
   */
  String role();

  /** What it calls itself in health answers: {@code Prometheus Server}. */
  String title();

  /** Narthex's version. */
  String version();

  /** The version of the program that it stands in for. */
  String standsInFor();

  /** Revision of the source; empty when unknown. */
  String revision();

  /** When the process started. */
  Instant startedAt();

  /** The installation. */
  Path home();
}
