package io.narthex.web.api;

import io.narthex.api.wire.MalformedException;
import io.narthex.api.wire.ProtobufReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Protobuf expositions as text: every field by its number, messages in braces. */
final class FamiliesText {
  private FamiliesText() {}

  /** A line for each family. */
  static List<String> of(byte[] exposition) throws MalformedException {
    ProtobufReader reader = new ProtobufReader();
    reader.reset(exposition, 0, exposition.length);
    List<String> families = new ArrayList<>();
    while (reader.hasMore()) {
      int outer = reader.enter();
      StringBuilder out = new StringBuilder();
      message(reader, "family", out);
      families.add(out.toString());
      reader.leave(outer);
    }
    return families;
  }

  private static void message(ProtobufReader reader, String message, StringBuilder out)
      throws MalformedException {
    while (reader.hasMore()) {
      int tag = reader.tag();
      int field = tag >>> 3;
      out.append(out.isEmpty() || out.charAt(out.length() - 1) == '{' ? "" : " ")
          .append(field)
          .append(':');
      switch (tag & 7) {
        case ProtobufReader.FIXED64 -> out.append(reader.float64());
        case ProtobufReader.BYTES -> {
          int outer = reader.enter();
          String inner = inner(message, field);
          if (inner.isEmpty()) {
            int n = reader.limit - reader.position;
            out.append(new String(reader.bytes, reader.position, n, StandardCharsets.UTF_8));
            reader.position = reader.limit;
          } else {
            out.append('{');
            message(reader, inner, out);
            out.append('}');
          }
          reader.leave(outer);
        }
        default -> {
          boolean signed =
              (message.equals("histogram") && field == 5) || (message.equals("span") && field == 1);
          out.append(signed ? reader.zigzag() : reader.varint());
        }
      }
    }
  }

  /** The kind of message in a field; empty for text. */
  private static String inner(String message, int field) {
    return switch (message + field) {
      case "family4" -> "metric";
      case "metric1" -> "label";
      case "metric5" -> "untyped";
      case "metric7" -> "histogram";
      case "histogram3" -> "bucket";
      case "histogram9", "histogram12" -> "span";
      default -> "";
    };
  }
}
