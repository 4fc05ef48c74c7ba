package io.narthex.web.api;

import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The format of a federation answer, as the one who asks wishes it. Source: Prometheus's common
 * library, {@code expfmt.Negotiate}, which knows no OpenMetrics.
 *
 * @param syntax how families are written
 * @param escaping what becomes of names that are not classic
 */
record FederationFormat(Syntax syntax, NameEscaping escaping) {
  enum Syntax {
    TEXT_0_0_4("text/plain; version=0.0.4; charset=utf-8"),
    TEXT_1_0_0("text/plain; version=1.0.0; charset=utf-8"),
    PROTOBUF(
        "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"
            + " encoding=delimited");

    private final String type;

    Syntax(String type) {
      this.type = type;
    }
  }

  /** Wishes that are looked at; nobody has as many. */
  private static final int MOST_WISHES = 64;

  /** One item of {@code Accept}. */
  private record Wish(String type, Map<String, String> parameters, double quality) {
    static Wish of(String item) {
      String[] parts = item.split(";", MOST_WISHES);
      Map<String, String> parameters = new HashMap<>();
      double quality = 1;
      for (int i = 1; i < parts.length; i++) {
        int equals = parts[i].indexOf('=');
        if (equals > 0) {
          String name = parts[i].substring(0, equals).strip().toLowerCase(Locale.ROOT);
          String value = parts[i].substring(equals + 1).strip();
          parameters.put(name, value);
        }
      }
      try {
        quality = Double.parseDouble(parameters.getOrDefault("q", "1"));
      } catch (NumberFormatException e) {
        quality = 1;
      }
      return new Wish(parts[0].strip().toLowerCase(Locale.ROOT), parameters, quality);
    }

    String parameter(String name) {
      return parameters.getOrDefault(name, "");
    }
  }

  /**
   * The first wish that can be fulfilled; text 0.0.4 where there is none.
   *
   * @param accept the header, empty for none
   */
  static FederationFormat negotiate(String accept) {
    List<Wish> wishes = new ArrayList<>();
    for (String item : accept.split(",", MOST_WISHES)) {
      wishes.add(Wish.of(item));
    }
    // Stable: of equals the first.
    wishes.sort((a, b) -> Double.compare(b.quality, a.quality));
    NameEscaping escaping = NameEscaping.UNDERSCORES;
    for (Wish wish : wishes) {
      // That of a wish which cannot be fulfilled goes on to the next: Prometheus does so.
      NameEscaping own = NameEscaping.of(wish.parameter("escaping"));
      escaping = own == null ? escaping : own;
      String version = wish.parameter("version");
      if (wish.type.equals("application/vnd.google.protobuf")
          && wish.parameter("proto").equals("io.prometheus.client.MetricFamily")
          && wish.parameter("encoding").equals("delimited")) {
        return new FederationFormat(Syntax.PROTOBUF, escaping);
      }
      if (wish.type.equals("text/plain")) {
        if (version.equals("1.0.0")) {
          return new FederationFormat(Syntax.TEXT_1_0_0, escaping);
        }
        if (version.isEmpty() || version.equals("0.0.4")) {
          return new FederationFormat(Syntax.TEXT_0_0_4, escaping);
        }
      }
    }
    return new FederationFormat(Syntax.TEXT_0_0_4, escaping);
  }

  String contentType() {
    return syntax.type + "; escaping=" + escaping.text();
  }

  FamilyWriter writer(OutputStream out) {
    return syntax == Syntax.PROTOBUF
        ? new ProtobufFamilies(out, escaping)
        : new TextFamilies(out, escaping);
  }
}
