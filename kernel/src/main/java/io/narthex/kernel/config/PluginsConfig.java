package io.narthex.kernel.config;

import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;
import io.narthex.api.config.Help;
import java.time.Duration;
import java.util.List;

/**
 * The {@code plugins} section. Read before plugins are loaded; a change takes effect at the next
 * start.
 *
 * @param directories searched for plugins besides those of the installation; a plugin in a later
 *     one replaces one of the same id
 * @param disabled ids of plugins that are not started
 * @param watchInterval how often the directories are looked at for changes; 0 for never
 */
public record PluginsConfig(
    @Flag(
            value = "plugins.directory",
            help =
                "Directory that is searched for plugins, besides those of the installation. Can be"
                    + " repeated.")
        List<String> directories,
    @Help("Ids of plugins that are not started.") List<String> disabled,
    @Help("How often the directories are looked at for changes; 0s for never.") @Default("1s")
        Duration watchInterval) {
  public PluginsConfig {
    directories = List.copyOf(directories);
    disabled = List.copyOf(disabled);
  }
}
