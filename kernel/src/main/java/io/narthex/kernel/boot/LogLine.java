package io.narthex.kernel.boot;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * The parts of a log line. A message pattern such as {@code "exporter failed exporter={}
 * reason={}"} is taken apart into the constant message and its keys, so that plain SLF4J calls give
 * the structured lines that Prometheus's users know.
 */
record LogLine(String message, Map<String, Object> values) {
  /**
   * The keys at the end of a pattern: {@code key={}} or {@code key="{}"}, any number, and nothing
   * after them.
   */
  private static final Pattern KEYS =
      Pattern.compile("(?: ([A-Za-z_][A-Za-z0-9_.]*)=(?:\\{\\}|\"\\{\\}\"))+$");

  private static final Pattern KEY = Pattern.compile(" ([A-Za-z_][A-Za-z0-9_.]*)=");

  static LogLine of(ILoggingEvent event) {
    Map<String, Object> values = new LinkedHashMap<>();
    String message = event.getFormattedMessage();
    String pattern = event.getMessage();
    @Nullable Object[] arguments = event.getArgumentArray();
    Matcher keys = pattern == null ? null : KEYS.matcher(pattern);
    if (keys != null && arguments != null && keys.find() && pattern.indexOf("{}") >= keys.start()) {
      Matcher key = KEY.matcher(pattern.substring(keys.start()));
      int i = 0;
      while (key.find() && i < arguments.length) {
        values.put(String.valueOf(key.group(1)), String.valueOf(arguments[i++]));
      }
      message = pattern.substring(0, keys.start());
    }
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs != null) {
      for (KeyValuePair pair : pairs) {
        values.put(pair.key, String.valueOf(pair.value));
      }
    }
    if (event.getThrowableProxy() != null) {
      values.put("stack", ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    return new LogLine(String.valueOf(message), values);
  }

  /** The short name of the class that logs. */
  static String source(ILoggingEvent event) {
    String name = event.getLoggerName();
    return name.substring(name.lastIndexOf('.') + 1);
  }
}
