package io.narthex.alerting.sender;

import io.narthex.api.alert.Alert;
import io.narthex.api.model.Labels;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/** Alerts as Alertmanager's API v2 takes them: an array of {@code postableAlert}. */
final class AlertJson {
  private static final DateTimeFormatter MILLISECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private AlertJson() {}

  static byte[] of(List<Alert> alerts) {
    StringBuilder out = new StringBuilder(alerts.size() * 512);
    out.append('[');
    for (int i = 0; i < alerts.size(); i++) {
      Alert alert = alerts.get(i);
      out.append(i == 0 ? "{\"labels\":" : ",{\"labels\":");
      labels(out, alert.labels());
      out.append(",\"annotations\":");
      labels(out, alert.annotations());
      out.append(",\"startsAt\":\"").append(time(alert.startsAt()));
      out.append("\",\"endsAt\":\"").append(time(alert.endsAt()));
      out.append("\",\"generatorURL\":");
      text(out, alert.generatorUrl());
      out.append('}');
    }
    return out.append(']').toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String time(Instant time) {
    return MILLISECONDS.format(time);
  }

  private static void labels(StringBuilder out, Labels labels) {
    out.append('{');
    int start = out.length();
    labels.forEach((name, value) -> {
      if (out.length() > start) {
        out.append(',');
      }
      text(out, name);
      out.append(':');
      text(out, value);
    });
    out.append('}');
  }

  private static void text(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20) {
            out.append("\\u00").append(HEX[c >> 4]).append(HEX[c & 15]);
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
