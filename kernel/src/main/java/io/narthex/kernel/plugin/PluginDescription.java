package io.narthex.kernel.plugin;

import com.google.common.reflect.TypeToken;
import io.narthex.api.Provider;
import io.narthex.api.config.ConfigSection;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pf4j.ExtensionPoint;
import org.pf4j.PluginDependency;

/** All that can be said about a plugin without starting it. */
final class PluginDescription {
  private final Found found;
  private final String state;
  private final PluginCache cache;
  private final Deadline deadline;

  PluginDescription(Found found, String state, PluginCache cache, Deadline deadline) {
    this.found = found;
    this.state = state;
    this.cache = cache;
    this.deadline = deadline;
  }

  void print(PrintStream out) {
    field(out, "id", found.id());
    field(out, "version", found.version());
    field(out, "state", state);
    Descriptor descriptor = found.descriptor();
    if (descriptor != null) {
      field(out, "description", descriptor.getPluginDescription());
      field(out, "provider", descriptor.getProvider());
      field(out, "license", descriptor.getLicense());
      field(out, "requires", "Narthex " + descriptor.getRequires());
      field(
          out,
          "depends on",
          String.join(
              ", ", descriptor.getDependencies().stream().map(PluginDescription::shown).toList()));
      field(out, "roles", String.join(", ", descriptor.roles().stream().sorted().toList()));
    }
    field(out, "origin", found.bundled() ? "bundled" : "installed");
    field(out, "path", found.path().toString());
    if (descriptor != null) {
      extensions(out, descriptor);
    }
  }

  private static String shown(PluginDependency dependency) {
    String range = dependency.getPluginVersionSupport();
    return dependency.getPluginId()
        + (range.equals("*") ? "" : " " + range)
        + (dependency.isOptional() ? " (optional)" : "");
  }

  private static void field(PrintStream out, String name, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      out.println((name + ":            ").substring(0, 13) + value);
    }
  }

  private void extensions(PrintStream out, Descriptor descriptor) {
    PluginFiles files;
    try {
      files = PluginFiles.open(found, cache, ApplicationClassPath.of(""));
    } catch (PluginFault e) {
      field(out, "extensions", "cannot be read: " + e.reason());
      return;
    }
    try (IsolatedClassLoader loader =
        new IsolatedClassLoader(
            found.id(), files.urls(), PluginDescription.class.getClassLoader(), List.of())) {
      for (Class<?> type :
          Wiring.load(files.extensionNames(!descriptor.hasPluginClass()), loader)) {
        out.println();
        out.println("extension " + type.getName());
        field(out, "  is a", String.join(", ", points(type)));
        String name = name(type, loader);
        field(out, "  name", name);
        keys(out, type);
      }
    } catch (PluginFault e) {
      field(out, "extensions", "cannot be read: " + e.reason());
    } catch (IOException | LinkageError | TypeNotPresentException e) {
      field(out, "extensions", "cannot be read: " + Deadline.describe(e));
    } finally {
      files.close();
    }
  }

  private static List<String> points(Class<?> type) {
    Set<String> names = new LinkedHashSet<>();
    for (Class<?> implemented : TypeToken.of(type).getTypes().interfaces().rawTypes()) {
      if (ExtensionPoint.class.isAssignableFrom(implemented)
          && implemented != ExtensionPoint.class
          && implemented != Provider.class) {
        names.add(implemented.getSimpleName());
      }
    }
    return new ArrayList<>(names);
  }

  /** A provider whose constructor asks for nothing can be made here and asked for its name. */
  private @Nullable String name(Class<?> type, ClassLoader loader) {
    if (!Provider.class.isAssignableFrom(type) && !ConfigSection.class.isAssignableFrom(type)) {
      return null;
    }
    try {
      return deadline.call(
          found.id(),
          "constructor of " + type.getName(),
          loader,
          () -> {
            var constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            Object made = constructor.newInstance();
            return made instanceof Provider<?> provider
                ? provider.name()
                : ((ConfigSection<?>) made).key();
          });
    } catch (PluginFault e) {
      return null;
    }
  }

  private static void keys(PrintStream out, Class<?> type) {
    Class<?> record = configuration(type);
    List<ConfigKeys.Row> rows = record == null ? List.of() : ConfigKeys.of(record);
    if (rows.isEmpty()) {
      return;
    }
    Table table = new Table("KEY", "TYPE", "DEFAULT", "MEANING");
    for (ConfigKeys.Row row : rows) {
      table.row(row.name(), row.type(), row.preset(), row.help());
    }
    table.print(out, "  ");
  }

  /** The record that stands for {@code C} in {@code Provider<C>} or {@code ConfigSection<C>}. */
  @SuppressWarnings({"rawtypes", "unchecked"})
  private static @Nullable Class<?> configuration(Class<?> type) {
    Class<?> generic =
        Provider.class.isAssignableFrom(type)
            ? Provider.class
            : ConfigSection.class.isAssignableFrom(type) ? ConfigSection.class : null;
    if (generic == null) {
      return null;
    }
    Type argument = TypeToken.of(type).resolveType(generic.getTypeParameters()[0]).getType();
    if (argument instanceof ParameterizedType parameterized) {
      Type[] arguments = parameterized.getActualTypeArguments();
      argument = arguments[arguments.length - 1];
    }
    return argument instanceof Class<?> c && c.isRecord() ? c : null;
  }
}
