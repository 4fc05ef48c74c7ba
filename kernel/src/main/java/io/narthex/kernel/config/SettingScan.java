package io.narthex.kernel.config;

import io.narthex.api.Provider;
import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.Flag;
import io.narthex.api.config.Help;
import io.narthex.api.plugin.Extensions;
import java.lang.reflect.ParameterizedType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds all single-valued keys of some sections, through nested records and through the providers
 * that are named by a key of their own. Lists and maps of records have no settings: a flag could
 * not say which item it means.
 */
final class SettingScan {
  private static final int MAX_DEPTH = 12;

  private final Extensions extensions;
  private final String role;
  private final List<Setting> found = new ArrayList<>();

  private SettingScan(Extensions extensions, String role) {
    this.extensions = extensions;
    this.role = role;
  }

  /**
   * Finds them.
   *
   * @param role whose flags count; flags of other roles are left out, their keys are not
   */
  static List<Setting> of(
      Collection<? extends ConfigSection<?>> sections, Extensions extensions, String role) {
    SettingScan scan = new SettingScan(extensions, role);
    for (ConfigSection<?> section : sections) {
      ConfigShape<?> shape = section.shape();
      if (shape.container() == ConfigShape.Container.ONE && shape.element().isRecord()) {
        scan.record(shape.element(), null, List.of(section.key().split("\\.")), List.of());
      }
    }
    return List.copyOf(scan.found);
  }

  /** Finds those of one record. */
  static List<Setting> of(String key, Class<?> record, Extensions extensions) {
    SettingScan scan = new SettingScan(extensions, "");
    scan.record(record, null, List.of(key), List.of());
    return List.copyOf(scan.found);
  }

  private void record(
      Class<?> type, @Nullable Object defaults, List<String> path, List<String> provider) {
    if (path.size() > MAX_DEPTH) {
      return;
    }
    Object values = defaults != null ? defaults : defaultsOf(type);
    for (RecordKeys.Key key : RecordKeys.of(type).keys()) {
      Object value = values == null ? null : key.of(values);
      if (key.providers() != null) {
        for (Provider<?> named : extensions.all(key.providers().value())) {
          if (!key.providers().list()) {
            List<String> at = append(path, RecordKeys.providerKey(key.providers(), named));
            record(named.configType(), null, at, at);
          }
        }
      } else if (key.unwrapped()) {
        record(key.type(), value, path, provider);
      } else if (Scalars.isScalar(key.type())) {
        setting(key, key.type(), false, value, append(path, key.name()), provider);
      } else if (key.type().isRecord()) {
        record(key.type(), value, append(path, key.name()), provider);
      } else if (itemType(key) instanceof Class<?> item) {
        setting(key, item, true, value, append(path, key.name()), provider);
      }
    }
  }

  /** The type of a list's items when they are single values. */
  private static @Nullable Class<?> itemType(RecordKeys.Key key) {
    return key.type() == List.class
            && key.genericType() instanceof ParameterizedType p
            && p.getActualTypeArguments()[0] instanceof Class<?> item
            && Scalars.isScalar(item)
        ? item
        : null;
  }

  private static @Nullable Object defaultsOf(Class<?> type) {
    try {
      return Defaults.of(type);
    } catch (RuntimeException e) {
      // A record with a required key refuses its defaults; each component is then asked alone.
      return null;
    }
  }

  private void setting(
      RecordKeys.Key key,
      Class<?> type,
      boolean list,
      @Nullable Object value,
      List<String> path,
      List<String> provider) {
    Flag flag = key.component().getAnnotation(Flag.class);
    Help help = key.component().getAnnotation(Help.class);
    boolean ours =
        flag != null
            && (role.isEmpty()
                || flag.roles().length == 0
                || Arrays.asList(flag.roles()).contains(role));
    Object known = value;
    if (known == null) {
      try {
        known = Defaults.of(key.component());
      } catch (RuntimeException e) {
        known = null;
      }
    }
    found.add(
        new Setting(
            path,
            type,
            list,
            texts(known),
            flag != null ? flag.help() : help != null ? help.value() : "",
            flag != null && ours ? flag.value() : "",
            flag != null ? flag.shortName() : ' ',
            flag != null && flag.hidden(),
            provider));
  }

  private static List<String> texts(@Nullable Object value) {
    if (value instanceof Collection<?> items) {
      return items.stream().map(Setting::text).toList();
    }
    return value == null ? List.of() : List.of(Setting.text(value));
  }

  private static List<String> append(List<String> path, String key) {
    List<String> longer = new ArrayList<>(path);
    longer.add(key);
    return longer;
  }
}
