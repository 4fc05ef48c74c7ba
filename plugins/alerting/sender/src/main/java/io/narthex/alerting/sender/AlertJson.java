package io.narthex.alerting.sender;

import io.narthex.api.alert.Alert;
import io.narthex.api.model.Quoting;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Alerts as Alertmanager's API v2 takes them: an array of {@code postableAlert}. */
final class AlertJson {
  private static final DateTimeFormatter MILLISECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private AlertJson() {}

  static byte[] of(List<Alert> alerts) {
    StringBuilder out = new StringBuilder(alerts.size() * 512);
    out.append('[');
    for (int i = 0; i < alerts.size(); i++) {
      Alert alert = alerts.get(i);
      out.append(i == 0 ? "{\"labels\":" : ",{\"labels\":");
      texts(out, alert.labels()::forEach);
      if (!alert.annotations().isEmpty()) {
        out.append(",\"annotations\":");
        texts(out, alert.annotations()::forEach);
      }
      out.append(",\"startsAt\":\"").append(time(alert.startsAt()));
      out.append("\",\"endsAt\":\"").append(time(alert.endsAt()));
      out.append("\",\"generatorURL\":");
      Quoting.json(alert.generatorUrl(), out);
      out.append('}');
    }
    return out.append(']').toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String time(Instant time) {
    return MILLISECONDS.format(time);
  }

  private static void texts(StringBuilder out, Consumer<BiConsumer<String, String>> forEachByName) {
    out.append('{');
    int start = out.length();
    forEachByName.accept((name, value) -> {
      if (out.length() > start) {
        out.append(',');
      }
      Quoting.json(name, out);
      out.append(':');
      Quoting.json(value, out);
    });
    out.append('}');
  }
}
