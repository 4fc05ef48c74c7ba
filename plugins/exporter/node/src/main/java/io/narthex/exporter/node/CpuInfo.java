package io.narthex.exporter.node;

import io.prometheus.metrics.model.snapshots.Labels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One processor of {@code /proc/cpuinfo}. Its fields depend on the architecture; what is not there
 * is empty.
 *
 * @param fields the lines of the processor, by name
 */
record CpuInfo(Map<String, String> fields) {
  /** The processors, in the order of the file. */
  static List<CpuInfo> parse(ByteCursor in) throws MalformedFileException {
    List<CpuInfo> processors = new ArrayList<>();
    Map<String, String> fields = new HashMap<>();
    while (in.nextLine()) {
      if (!in.has(':')) {
        continue;
      }
      String name = in.before(':');
      if (name.equals("processor")) {
        fields = new HashMap<>();
        processors.add(new CpuInfo(fields));
      }
      fields.put(name, in.rest());
    }
    if (processors.isEmpty()) {
      throw in.malformed("no processor", "at least one");
    }
    return processors;
  }

  private String get(String name) {
    return fields.getOrDefault(name, "");
  }

  Labels infoLabels() {
    return Labels.of(
        "package", get("physical id"),
        "core", get("core id"),
        "cpu", get("processor"),
        "vendor", fields.getOrDefault("vendor_id", get("vendor")),
        "family", get("cpu family"),
        "model", get("model"),
        "model_name", get("model name"),
        "microcode", get("microcode"),
        "stepping", get("stepping"),
        "cachesize", get("cache size"));
  }

  Labels coreLabels() {
    return Labels.of(
        "package", get("physical id"), "core", get("core id"), "cpu", get("processor"));
  }

  /** The clock rate in MHz; 0 where the architecture does not show it. */
  double megahertz() throws MalformedFileException {
    String text = get("cpu MHz");
    try {
      return text.isEmpty() ? 0 : Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new MalformedFileException(
          "cannot parse cpu MHz of cpuinfo: got \"" + text + "\", want a number");
    }
  }

  /** What the processor can do; ARM calls them features. */
  List<String> flags() {
    return words(fields.getOrDefault("flags", get("Features")));
  }

  /** The known defects. */
  List<String> bugs() {
    return words(get("bugs"));
  }

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split("\\s+"));
  }
}
