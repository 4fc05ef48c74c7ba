package io.narthex.web.api;

import io.narthex.api.model.LabelNames;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of names with characters that the classic formats cannot have. Classic names stay as
 * they are. Source: Prometheus's common library, {@code model/metric.go}; {@link LabelEscaping} is
 * the way back from {@link #VALUES}.
 */
enum NameEscaping {
  /** Nothing: they are written in quotes. */
  ALLOW_UTF_8,
  /** Each character that cannot be is an underscore. */
  UNDERSCORES,
  /** Dots are {@code _dot_}, underscores are doubled, and what cannot be is two of them. */
  DOTS,
  /** {@code U__}, then underscores doubled and what cannot be as {@code _<hex>_}. */
  VALUES;

  /** The scheme's name, as it stands in headers. */
  String text() {
    return name().toLowerCase(Locale.ROOT).replace("allow_utf_8", "allow-utf-8");
  }

  /** The scheme of a name; null for one that is not known. */
  static @Nullable NameEscaping of(String text) {
    for (NameEscaping scheme : values()) {
      if (scheme.text().equals(text)) {
        return scheme;
      }
    }
    return null;
  }

  /** What a metric's name is written as. */
  String metric(String name) {
    return LabelNames.isLegacyMetric(name) ? name : escaped(name, true);
  }

  /** What a label's name is written as. */
  String label(String name) {
    return LabelNames.isLegacy(name) ? name : escaped(name, false);
  }

  private String escaped(String name, boolean metric) {
    if (this == ALLOW_UTF_8) {
      return name;
    }
    StringBuilder out = new StringBuilder(name.length() + 16);
    if (this == VALUES) {
      out.append("U__");
    }
    for (int i = 0; i < name.length(); ) {
      int c = name.codePointAt(i);
      boolean legal = isLegal(c, i, metric);
      i += Character.charCount(c);
      if (c == '_' && this != UNDERSCORES) {
        out.append("__");
      } else if (c == '.' && this == DOTS) {
        out.append("_dot_");
      } else if (legal) {
        out.append((char) c);
      } else {
        switch (this) {
          case DOTS -> out.append("__");
          case VALUES -> out.append('_').append(Integer.toHexString(c)).append('_');
          case UNDERSCORES, ALLOW_UTF_8 -> out.append('_');
        }
      }
    }
    return out.toString();
  }

  private static boolean isLegal(int c, int at, boolean metric) {
    int lower = c | 0x20;
    return (lower >= 'a' && lower <= 'z' && c < 0x80)
        || c == '_'
        || (metric && c == ':')
        || (c >= '0' && c <= '9' && at > 0);
  }
}
