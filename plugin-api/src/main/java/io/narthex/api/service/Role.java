package io.narthex.api.service;

import io.narthex.api.Api;
import java.util.List;
import java.util.Map;
import org.pf4j.ExtensionPoint;

/**
 * A program that Narthex stands in for: {@code bin/<name>} starts the plugins whose descriptor
 * names it (attribute {@code Plugin-Roles}), with that program's flags and defaults. {@code
 * bin/narthex} starts all plugins and takes the flags and defaults of the role with the lowest
 * {@link #order}.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface Role extends ExtensionPoint {
  /** The program's name: {@code prometheus}, {@code node_exporter}. */
  String name();

  /** What it calls itself in health answers and banners: {@code Prometheus Server}. */
  String title();

  /** The version of the program that it can be swapped for, such as {@code 3.14.0}. */
  String standsInFor();

  /** Position among the roles of {@code bin/narthex}. */
  int order();

  /** Where it listens when nothing is said: {@code 0.0.0.0:9090}. */
  String defaultListenAddress();

  /**
   * The configuration file that is read when none is named, in the working directory; empty when it
   * takes none.
   */
  String defaultConfigFile();

  /** A configuration that lies below the file and everything else; empty for none. YAML. */
  default String baseConfiguration() {
    return "";
  }

  /** Other names of flags: the program's name, and the one it means here. */
  default Map<String, String> flagAliases() {
    return Map.of();
  }

  /**
   * Flags that the program takes and that mean nothing here, or nothing until a plugin declares
   * them. They are accepted and said once. A name ending in {@code !} takes no value.
   */
  default List<String> flagsWithoutEffect() {
    return List.of();
  }

  /**
   * Top-level keys of the program's file that no plugin may be there for; they are accepted with a
   * warning.
   */
  default List<String> knownSections() {
    return List.of();
  }

  /** Names that {@code --enable-feature} takes; others are warned of. */
  default List<String> knownFeatures() {
    return List.of();
  }

  /**
   * What the program says of single ones of {@link #knownFeatures}: that an option has become the
   * rule, or is about to go. A warning, by name.
   */
  default Map<String, String> featureRemarks() {
    return Map.of();
  }

  /**
   * Flags of the program that cannot be accepted, because the program would then do something else
   * than was asked for: names without dashes, each with the reason that is given. A flag that a
   * plugin declares is accepted.
   */
  default Map<String, String> refusedFlags() {
    return Map.of();
  }

  /**
   * Keys of {@link io.narthex.api.config.ProviderKeys} that the program knows, such as {@code
   * ec2_sd_configs}. One that no plugin brings is refused as what it is and not as a typo.
   */
  default List<String> knownProviderKeys() {
    return List.of();
  }
}
