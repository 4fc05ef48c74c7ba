package io.narthex.rules.groups.history;

import io.narthex.api.model.GoFloat;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Quoting;
import java.util.Map;

/**
 * A change of an alert's state.
 *
 * @param time milliseconds since the epoch
 * @param file of the group
 * @param group its name
 * @param alert name of the alert
 * @param labels of the alert
 * @param from {@code inactive pending firing}
 * @param to one of these
 * @param value of the expression, as Go prints it
 */
record AlertChange(
    long time,
    String file,
    String group,
    String alert,
    Map<String, String> labels,
    String from,
    String to,
    String value) {
  AlertChange {
    labels = Map.copyOf(labels);
  }

  static AlertChange of(
      long time,
      String file,
      String group,
      String alert,
      Labels labels,
      String from,
      String to,
      double value) {
    return new AlertChange(
        time, file, group, alert, labels.toMap(), from, to, GoFloat.general(value));
  }

  /**
   * What is told to those who see a part of the series only: not what the expression made of series
   * that they may not see, nor where the rule stands.
   */
  AlertChange bare() {
    return new AlertChange(time, "", "", alert, labels, from, to, GoFloat.general(Double.NaN));
  }

  /** How long its texts are together. */
  long characters() {
    long sum = (long) file.length() + group.length() + alert.length() + value.length();
    for (Map.Entry<String, String> label : labels.entrySet()) {
      sum += label.getKey().length() + label.getValue().length();
    }
    return sum;
  }

  /** As a line of the file and an item of the API: one object of JSON. */
  void json(StringBuilder out) {
    out.append("{\"time\":").append(time);
    field("file", file, out);
    field("group", group, out);
    field("alert", alert, out);
    out.append(",\"labels\":{");
    String separator = "";
    Labels sorted = Labels.of(labels);
    for (int i = 0; i < sorted.size(); i++) {
      out.append(separator);
      Quoting.json(sorted.name(i), out);
      out.append(':');
      Quoting.json(sorted.value(i), out);
      separator = ",";
    }
    out.append('}');
    field("from", from, out);
    field("to", to, out);
    field("value", value, out);
    out.append('}');
  }

  private static void field(String key, String value, StringBuilder out) {
    out.append(",\"").append(key).append("\":");
    Quoting.json(value, out);
  }
}
