package io.narthex.kernel.boot;

import io.narthex.api.config.ConfigCheck;
import io.narthex.api.config.ConfigChecker;
import io.narthex.api.config.ConfigException;
import io.narthex.kernel.config.ConfigProblems;
import io.narthex.kernel.config.Configuration;
import io.narthex.kernel.config.RoleSettings;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Checks files as configurations of a server that is not running. */
final class FileChecker implements ConfigChecker {
  private final Function<String, Optional<RoleSettings>> roles;
  private final BiFunction<RoleSettings, Path, Configuration> configurations;

  /**
   * Makes a checker.
   *
   * @param roles knows what the roles say that loaded plugins bring
   * @param configurations makes a configuration that has not been loaded
   */
  FileChecker(
      Function<String, Optional<RoleSettings>> roles,
      BiFunction<RoleSettings, Path, Configuration> configurations) {
    this.roles = roles;
    this.configurations = configurations;
  }

  @Override
  public Checked check(Path file, String role, ConfigCheck check) throws ConfigException {
    RoleSettings settings =
        roles
            .apply(role)
            .orElseThrow(() ->
                new ConfigException(
                    "no loaded plugin brings the role "
                        + role
                        + ", whose configuration this is; see `narthex plugin list`"));
    try {
      return configurations.apply(settings, file).check(check);
    } catch (ConfigProblems e) {
      throw new ConfigException("", String.join("\n", e.report()), e);
    }
  }
}
