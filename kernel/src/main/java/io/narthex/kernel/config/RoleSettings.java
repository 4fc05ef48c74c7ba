package io.narthex.kernel.config;

import io.narthex.api.service.Role;
import java.util.List;
import java.util.Map;

/**
 * What a role says about configuration, copied so that its plugin is not held in memory.
 *
 * @param name of the program that is stood in for; empty for none, which takes all flags
 * @param defaultConfigFile shown by {@code --help}
 * @param baseConfiguration YAML that lies below the file
 * @param flagAliases other names of flags
 * @param flagsWithoutEffect flags that are accepted and ignored
 * @param knownSections keys that may be there without an owner; with dots for keys further down
 * @param knownFeatures names that {@code --enable-feature} takes
 * @param featureRemarks what is said of some of them
 * @param refusedFlags flags that cannot be taken, with the reason
 * @param knownProviderKeys keys of the program's for which no plugin may be there
 */
public record RoleSettings(
    String name,
    String defaultConfigFile,
    String baseConfiguration,
    Map<String, String> flagAliases,
    List<String> flagsWithoutEffect,
    List<String> knownSections,
    List<String> knownFeatures,
    Map<String, String> featureRemarks,
    Map<String, String> refusedFlags,
    List<String> knownProviderKeys) {
  /** No role: a kernel without plugins. */
  public static final RoleSettings NONE =
      new RoleSettings("", "", "", Map.of(), List.of(), List.of(), List.of());

  /** One whose program says nothing of single features, flags and providers. */
  public RoleSettings(
      String name,
      String defaultConfigFile,
      String baseConfiguration,
      Map<String, String> flagAliases,
      List<String> flagsWithoutEffect,
      List<String> knownSections,
      List<String> knownFeatures) {
    this(
        name,
        defaultConfigFile,
        baseConfiguration,
        flagAliases,
        flagsWithoutEffect,
        knownSections,
        knownFeatures,
        Map.of(),
        Map.of(),
        List.of());
  }

  public RoleSettings {
    flagAliases = Map.copyOf(flagAliases);
    flagsWithoutEffect = List.copyOf(flagsWithoutEffect);
    knownSections = List.copyOf(knownSections);
    knownFeatures = List.copyOf(knownFeatures);
    featureRemarks = Map.copyOf(featureRemarks);
    refusedFlags = Map.copyOf(refusedFlags);
    knownProviderKeys = List.copyOf(knownProviderKeys);
  }

  /** What this role says. */
  public static RoleSettings of(Role role) {
    return new RoleSettings(
        role.name(),
        role.defaultConfigFile(),
        role.baseConfiguration(),
        role.flagAliases(),
        role.flagsWithoutEffect(),
        role.knownSections(),
        role.knownFeatures(),
        role.featureRemarks(),
        role.refusedFlags(),
        role.knownProviderKeys());
  }

  /** The same with another configuration below the file. */
  public RoleSettings withBaseConfiguration(String yaml) {
    return new RoleSettings(
        name,
        defaultConfigFile,
        yaml,
        flagAliases,
        flagsWithoutEffect,
        knownSections,
        knownFeatures,
        featureRemarks,
        refusedFlags,
        knownProviderKeys);
  }
}
