package io.narthex.web.ui;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Some bytes of a file, as the header {@code Range} asks for them (RFC 9110, 14).
 *
 * @param from first byte
 * @param to behind the last one; {@code from} when no byte of the file is wished
 */
record ByteRange(long from, long to) {
  private static final Pattern ONE = Pattern.compile("bytes=\\s*([0-9]{0,18})-([0-9]{0,18})\\s*");

  /** What a header asks for; null for the whole file, and for several ranges. */
  static @Nullable ByteRange of(String header, long size) {
    Matcher matcher = ONE.matcher(header);
    if (!matcher.matches()) {
      return null;
    }
    String first = matcher.group(1);
    String last = matcher.group(2);
    if (first.isEmpty()) {
      if (last.isEmpty()) {
        return null;
      }
      return new ByteRange(size - Math.min(size, Long.parseLong(last)), size);
    }
    long from = Long.parseLong(first);
    long to = last.isEmpty() ? size : Math.min(size, Long.parseLong(last) + 1);
    if (!last.isEmpty() && Long.parseLong(last) < from) {
      return null;
    }
    return from >= size ? new ByteRange(size, size) : new ByteRange(from, to);
  }

  boolean isEmpty() {
    return from == to;
  }

  long length() {
    return to - from;
  }

  /** As {@code Content-Range} has it. */
  String header(long size) {
    return "bytes " + from + "-" + (to - 1) + "/" + size;
  }
}
