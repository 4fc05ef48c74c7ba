package io.narthex.template.gotemplate;

import static io.narthex.template.gotemplate.PrometheusFunctions.text;

import io.narthex.template.gotemplate.Budget.Holding;
import io.narthex.template.gotemplate.value.Data;
import io.narthex.template.gotemplate.value.GoError;
import io.narthex.template.gotemplate.value.GoJson;
import io.narthex.template.gotemplate.value.GoText;
import io.narthex.template.gotemplate.value.GoTime;
import io.narthex.template.gotemplate.value.GoType;
import io.narthex.template.gotemplate.value.GoValue.Body;
import io.narthex.template.gotemplate.value.GoValue.Function;
import io.narthex.template.gotemplate.value.GoValue.GoSlice;
import io.narthex.template.gotemplate.value.GoValue.Methods;
import io.narthex.template.gotemplate.value.Values;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the Alertmanager adds in notifications. */
final class AlertmanagerFunctions {
  private static final String STRING = "func(string) string";

  private AlertmanagerFunctions() {}

  private static Function function(String signature, Body body) {
    return new Function(GoType.of(signature), body);
  }

  /** All of them, for texts of at most so many characters. */
  static Map<String, Function> all(int limit) {
    Map<String, Function> all = new HashMap<>(PrometheusFunctions.shared());
    all.put("title", function(STRING, a -> Titles.title(text(a[0]), true)));
    all.put("trimSpace", function(STRING, a -> GoText.trim(text(a[0]))));
    all.put(
        "join",
        function("func(string, []string) string", a -> String.join(text(a[0]), strings(a[1]))));
    all.put("safeUrl", PrometheusFunctions.safe("template.URL"));
    all.put("urlUnescape", function("func(string) (string, error)", a -> unescape(text(a[0]))));
    all.put(
        "stringSlice",
        function("func(...string) []string", (Holding) AlertmanagerFunctions::stringSlice));
    all.put(
        "date",
        function("func(string, time.Time) string", a -> GoTime.format(time(a[1]), text(a[0]))));
    all.put(
        "tz",
        function(
            "func(string, time.Time) (time.Time, error)",
            a -> GoTime.of(time(a[1]).withZoneSameInstant(GoTime.zone(text(a[0]))))));
    all.put(
        "now",
        function("func() time.Time", a -> GoTime.of(ZonedDateTime.now(ZoneId.systemDefault()))));
    all.put(
        "since",
        function(
            "func(time.Time) time.Duration",
            a -> GoTime.duration(Duration.between(time(a[0]).toInstant(), Instant.now()))));
    all.put(
        "toDate",
        function(
            "func(string, string) time.Time", a -> GoTime.parse(text(a[0]), text(a[1]), false)));
    all.put(
        "mustToDate",
        function(
            "func(string, string) (time.Time, error)",
            a -> GoTime.parse(text(a[0]), text(a[1]), true)));
    all.put(
        "toJson", function("func(interface {}) (string, error)", a -> GoJson.write(a[0], limit)));
    all.put(
        "base64encode",
        function(
            STRING,
            a ->
                Base64.getUrlEncoder()
                    .encodeToString(text(a[0]).getBytes(StandardCharsets.UTF_8))));
    all.put("base64decode", function("func(string) (string, error)", a -> decode(text(a[0]))));
    all.put(
        "list",
        function("func(...interface {}) []interface {}", (Holding) AlertmanagerFunctions::list));
    all.put(
        "append",
        function(
            "func([]interface {}, ...interface {}) []interface {}",
            (Holding) AlertmanagerFunctions::append));
    all.put(
        "dict",
        function(
            "func(...interface {}) (map[string]interface {}, error)",
            (Holding) AlertmanagerFunctions::dict));
    return Map.copyOf(all);
  }

  private static ZonedDateTime time(@Nullable Object value) {
    return Objects.requireNonNull(GoTime.time(value));
  }

  private static List<String> strings(@Nullable Object value) {
    List<String> strings = new ArrayList<>();
    if (value instanceof GoSlice slice && slice.elements() != null) {
      for (Object element : slice.elements()) {
        strings.add(text(Data.of(element)));
      }
    }
    return strings;
  }

  private static Object stringSlice(@Nullable Object[] arguments) {
    List<String> strings = new ArrayList<>();
    for (Object argument : arguments) {
      strings.add(text(argument));
    }
    return Values.strings(strings);
  }

  private static Object list(@Nullable Object[] arguments) {
    List<@Nullable Object> list = new ArrayList<>(arguments.length);
    for (Object argument : arguments) {
      list.add(argument);
    }
    return new GoSlice(GoType.ANY_SLICE, list, Methods.NONE);
  }

  private static Object append(@Nullable Object[] arguments) {
    List<@Nullable Object> list = new ArrayList<>();
    if (arguments[0] instanceof GoSlice slice && slice.elements() != null) {
      list.addAll(slice.elements());
    }
    for (int i = 1; i < arguments.length; i++) {
      list.add(arguments[i]);
    }
    return new GoSlice(GoType.ANY_SLICE, list, Methods.NONE);
  }

  private static Object dict(@Nullable Object[] arguments) throws GoError {
    if (arguments.length % 2 != 0) {
      throw new GoError("dict expects an even number of arguments, got " + arguments.length);
    }
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = 0; i < arguments.length; i += 2) {
      if (!(Values.unbox(arguments[i]) instanceof String key)) {
        throw new GoError(
            "dict keys must be strings, got " + Values.typeName(Values.unbox(arguments[i])));
      }
      map.put(key, arguments[i + 1]);
    }
    return Values.map(map);
  }

  private static String decode(String text) throws GoError {
    try {
      String bare = text.replace("\r", "").replace("\n", "");
      if (bare.length() % 4 != 0) {
        throw new GoError("illegal base64 data at input byte " + bare.length() / 4 * 4);
      }
      return new String(Base64.getUrlDecoder().decode(bare), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      int at = 0;
      while (at < text.length() && isBase64(text.charAt(at))) {
        at++;
      }
      throw new GoError("illegal base64 data at input byte " + at, e);
    }
  }

  private static boolean isBase64(char c) {
    return (c < 128 && Character.isLetterOrDigit(c)) || c == '-' || c == '_';
  }

  private static String unescape(String text) throws GoError {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    byte[] unescaped = new byte[bytes.length];
    int length = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '%') {
        int high = i + 2 < bytes.length ? Character.digit(bytes[i + 1], 16) : -1;
        int low = i + 2 < bytes.length ? Character.digit(bytes[i + 2], 16) : -1;
        if (high < 0 || low < 0) {
          String rest = new String(bytes, i, Math.min(3, bytes.length - i), StandardCharsets.UTF_8);
          throw new GoError("invalid URL escape " + GoText.quote(rest));
        }
        unescaped[length++] = (byte) (high * 16 + low);
        i += 2;
      } else {
        unescaped[length++] = bytes[i] == '+' ? (byte) ' ' : bytes[i];
      }
    }
    return new String(unescaped, 0, length, StandardCharsets.UTF_8);
  }
}
