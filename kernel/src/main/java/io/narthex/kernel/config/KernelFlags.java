package io.narthex.kernel.config;

import java.util.List;
import java.util.Set;

/** Flags of the kernel that are no component of a record. */
final class KernelFlags {
  static final String HELP = "help";
  static final String VERSION = "version";
  static final String CONFIG_FILE = "config.file";
  static final List<String> FEATURES = List.of("features");

  /** Not shown among a server's flags, as Prometheus does not. */
  static final Set<String> OF_COMMAND_LINE = Set.of(HELP, "help-long", "help-man", VERSION);

  private KernelFlags() {}

  static List<Setting> all(String defaultConfigFile) {
    return List.of(
        Setting.flagOnly(HELP, 'h', boolean.class, "", "Show this list and do nothing else."),
        hidden("help-long"),
        hidden("help-man"),
        Setting.flagOnly(VERSION, ' ', boolean.class, "", "Show the version and do nothing else."),
        Setting.flagOnly(CONFIG_FILE, ' ', String.class, defaultConfigFile, "Configuration file."),
        features());
  }

  private static Setting hidden(String name) {
    return new Setting(List.of(), boolean.class, false, List.of(), "", name, ' ', true, List.of());
  }

  static Setting features() {
    return new Setting(
        FEATURES,
        String.class,
        true,
        List.of(),
        "Features to switch on, separated by commas. Can be repeated.",
        "enable-feature",
        ' ',
        false,
        List.of());
  }
}
