package io.narthex.kernel.plugin;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.pf4j.DefaultPluginDescriptor;

/**
 * What a plugin says about itself: attributes {@code Plugin-Id, Plugin-Version, Plugin-Requires,
 * Plugin-Dependencies, Plugin-Class, Plugin-Provider, Plugin-Description, Plugin-License,
 * Plugin-Roles} of a jar's manifest, or {@code plugin.id ...} of a {@code plugin.properties}.
 */
final class Descriptor extends DefaultPluginDescriptor {
  /** The name of the file in archives and unpacked plugins. */
  static final String PROPERTIES = "plugin.properties";

  /** Lower case, so that no two ids differ on one file system and are the same on another. */
  private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

  private final Set<String> roles;
  private final boolean markedBundled;

  private Descriptor(Source source) throws PluginFault {
    super(
        source.required("id"),
        source.optional("description"),
        source.optional("class"),
        source.required("version"),
        source.optional("requires"),
        source.optional("provider"),
        source.optional("license"));
    if (!ID.matcher(getPluginId()).matches()) {
      throw new PluginFault(
          "cannot use plugin id: got \""
              + shortened(getPluginId())
              + "\", want lower case letters, digits, '.', '_' and '-', at most 64");
    }
    if (!Versions.valid(getVersion())) {
      throw new PluginFault(
          "cannot use plugin version: got \""
              + shortened(getVersion())
              + "\", want major.minor.patch such as 1.0.0");
    }
    String dependencies = source.optional("dependencies");
    if (!dependencies.isEmpty()) {
      setDependencies(dependencies);
    }
    String named = source.optional("roles");
    roles = new LinkedHashSet<>();
    Arrays.stream((named.isEmpty() ? PluginSettings.DEFAULT_ROLE : named).split(","))
        .map(String::strip)
        .filter(role -> !role.isEmpty())
        .forEach(roles::add);
    markedBundled = source.optional("bundled").equals("true");
  }

  static Descriptor of(Manifest manifest) throws PluginFault {
    Attributes attributes = manifest.getMainAttributes();
    return new Descriptor(
        new Source("the manifest", "Plugin-") {
          @Override
          @Nullable String value(String key) {
            // Attribute names know no case.
            return attributes.getValue("Plugin-" + key);
          }
        });
  }

  static Descriptor of(Properties properties) throws PluginFault {
    return new Descriptor(
        new Source(PROPERTIES, "plugin.") {
          @Override
          @Nullable String value(String key) {
            return properties.getProperty("plugin." + key);
          }
        });
  }

  /** Whether a manifest is one of a plugin. */
  static boolean isPlugin(@Nullable Manifest manifest) {
    return manifest != null && manifest.getMainAttributes().getValue("Plugin-Id") != null;
  }

  /** The programs that start it, besides {@link PluginSettings#ALL}. */
  Set<String> roles() {
    return Set.copyOf(roles);
  }

  /** Whether a program starts it. */
  boolean startedBy(String program) {
    return program.equals(PluginSettings.ALL) || roles.contains(program);
  }

  /** Whether it says that it came with the installation. */
  boolean markedBundled() {
    return markedBundled;
  }

  /** PF4J's class that is there when a plugin names none. */
  boolean hasPluginClass() {
    return !getPluginClass().isEmpty() && !getPluginClass().equals("org.pf4j.Plugin");
  }

  private static String shortened(String text) {
    String printable = text.replaceAll("\\p{Cntrl}", "?");
    return printable.length() <= 80 ? printable : printable.substring(0, 80) + "...";
  }

  private abstract static class Source {
    private final String where;
    private final String prefix;

    Source(String where, String prefix) {
      this.where = where;
      this.prefix = prefix;
    }

    abstract @Nullable String value(String key);

    String optional(String key) {
      String value = value(key);
      return value == null ? "" : value.strip();
    }

    String required(String key) throws PluginFault {
      String value = optional(key);
      if (value.isEmpty()) {
        String shown =
            prefix.equals("Plugin-")
                ? prefix + key.substring(0, 1).toUpperCase(Locale.ROOT) + key.substring(1)
                : prefix + key;
        throw new PluginFault("is no plugin: " + where + " has no " + shown);
      }
      return value;
    }
  }
}
