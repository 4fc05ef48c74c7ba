package io.narthex.api.plugin;

import io.narthex.api.Api;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;

/**
 * The running program.
 *
 * @param name how it was called: {@code narthex}, {@code prometheus}, {@code node_exporter}
 * @param role name of the role whose flags and defaults are in force: {@code prometheus} for {@code
 *     narthex}
 * @param title what it calls itself in health answers
 * @param version Narthex's version
 * @param standsInFor the version of the program that it stands in for
 * @param revision of the source, empty when unknown
 * @param startedAt when the process started
 * @param home the installation
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record Program(
    String name,
    String role,
    String title,
    String version,
    String standsInFor,
    String revision,
    Instant startedAt,
    Path home) {
  public Program {
    Objects.requireNonNull(name);
    Objects.requireNonNull(role);
    Objects.requireNonNull(title);
    Objects.requireNonNull(version);
    Objects.requireNonNull(standsInFor);
    Objects.requireNonNull(revision);
    Objects.requireNonNull(startedAt);
    Objects.requireNonNull(home);
  }
}
