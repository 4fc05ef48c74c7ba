package io.narthex.kernel.boot;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;

/**
 * Log lines as Prometheus 3 writes them: {@code time=... level=INFO source=... msg="..."
 * key=value}, or the same as JSON.
 */
final class LogEncoder extends EncoderBase<ILoggingEvent> {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final String HEX = "0123456789abcdef";

  private final boolean json;

  LogEncoder(boolean json) {
    this.json = json;
  }

  @Override
  public byte[] headerBytes() {
    return new byte[0];
  }

  @Override
  public byte[] footerBytes() {
    return new byte[0];
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    LogLine line = LogLine.of(event);
    StringBuilder out = new StringBuilder(160);
    if (json) {
      out.append('{');
    }
    put(out, "time", TIME.format(Instant.ofEpochMilli(event.getTimeStamp())), true);
    put(out, "level", event.getLevel().toString(), false);
    put(out, "source", LogLine.source(event), false);
    put(out, "msg", line.message(), false);
    for (Map.Entry<String, Object> value : line.values().entrySet()) {
      put(out, value.getKey(), String.valueOf(value.getValue()), false);
    }
    out.append(json ? "}\n" : "\n");
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  private void put(StringBuilder out, String key, String value, boolean first) {
    if (json) {
      if (!first) {
        out.append(',');
      }
      quote(key, out);
      out.append(':');
      quote(value, out);
      return;
    }
    if (!first) {
      out.append(' ');
    }
    out.append(key).append('=');
    if (plain(value)) {
      out.append(value);
    } else {
      quote(value, out);
    }
  }

  private static boolean plain(String value) {
    if (value.isEmpty()) {
      return false;
    }
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c <= ' ' || c == '"' || c == '=' || c == 0x7f) {
        return false;
      }
    }
    return true;
  }

  /**
   * In double quotes, control characters escaped, so that no value can end a line or begin a key.
   */
  private static void quote(String value, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' ' || c == 0x7f) {
            out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xf));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
