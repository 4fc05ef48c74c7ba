package io.narthex.kernel.config;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What {@code /api/v1/status/flags} shows: each flag with the value in force. */
final class FlagValues {
  private FlagValues() {}

  /** Values by the flags' names; secrets hidden. */
  static Map<String, String> of(Flags flags, Flags.Parsed parsed, Snapshot snapshot) {
    Map<String, String> values = new TreeMap<>();
    for (Setting setting : flags.all()) {
      if (KernelFlags.OF_COMMAND_LINE.contains(setting.flag())) {
        continue;
      }
      String given = parsed.value(setting.flag());
      values.put(
          setting.flag(),
          setting.path().isEmpty()
              ? given != null ? given : String.join(",", setting.defaults())
              : inForce(setting, snapshot));
    }
    return values;
  }

  private static String inForce(Setting setting, Snapshot snapshot) {
    Object at = snapshot.sections().get(setting.path().get(0));
    for (String key : setting.path().subList(1, setting.path().size())) {
      at = at instanceof Record record ? ConfigPath.step(record, key) : null;
    }
    if (at == null && setting.isSecret()) {
      return "";
    }
    if (at instanceof List<?> items) {
      return Redaction.of(String.join(",", items.stream().map(Setting::text).toList()));
    }
    return at == null ? String.join(",", setting.defaults()) : Redaction.of(Setting.text(at));
  }
}
