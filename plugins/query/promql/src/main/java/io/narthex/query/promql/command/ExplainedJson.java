package io.narthex.query.promql.command;

import io.narthex.api.model.Quoting;
import io.narthex.api.query.QueryExplanation;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes plans as JSON. */
final class ExplainedJson {
  private ExplainedJson() {}

  /** A plan that was not evaluated, with the keys of the HTTP API. */
  static String of(QueryExplanation step) {
    StringBuilder out = new StringBuilder();
    append(step, out);
    return out.toString();
  }

  private static void append(QueryExplanation step, StringBuilder out) {
    out.append("{\"operator\":");
    Quoting.json(step.operator(), out);
    out.append(",\"details\":");
    Quoting.json(step.details(), out);
    out.append(",\"inputs\":[");
    String comma = "";
    for (QueryExplanation input : step.inputs()) {
      out.append(comma);
      append(input, out);
      comma = ",";
    }
    out.append("]}");
  }

  /** What a server said. */
  static String of(@Nullable Json value) {
    StringBuilder out = new StringBuilder();
    append(value, out);
    return out.toString();
  }

  private static void append(@Nullable Json value, StringBuilder out) {
    switch (value) {
      case null -> out.append("null");
      case Json.Text text -> Quoting.json(text.value(), out);
      case Json.Number number -> out.append(number.text());
      case Json.Word word -> out.append(word.word());
      case Json.Array array -> {
        out.append('[');
        String comma = "";
        for (Json item : array.items()) {
          out.append(comma);
          append(item, out);
          comma = ",";
        }
        out.append(']');
      }
      case Json.Fields fields -> {
        out.append('{');
        String comma = "";
        for (Map.Entry<String, Json> field : fields.fields().entrySet()) {
          out.append(comma);
          Quoting.json(field.getKey(), out);
          out.append(':');
          append(field.getValue(), out);
          comma = ",";
        }
        out.append('}');
      }
    }
  }
}
