package io.narthex.storage.tsdb.command;

import io.narthex.api.model.Quoting;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations, times, sizes and tables as the Go programs print them. */
final class GoText {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss '+0000 UTC'").withZone(ZoneOffset.UTC);

  private static final Pattern PIECE =
      Pattern.compile("([0-9]*)(\\.[0-9]*)?(ns|us|µs|μs|ms|s|m|h)");

  private static final Map<String, Long> NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "µs", 1_000L,
          "μs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);

  private GoText() {}

  /** As {@code time.Duration} prints: {@code 1h59m59.863s}, {@code 1ms}, {@code 0s}. */
  static String duration(long milliseconds) {
    return nanoseconds(milliseconds * 1_000_000);
  }

  /** A duration of nanoseconds, as {@link #duration}. */
  static String nanoseconds(long nanos) {
    if (nanos == 0) {
      return "0s";
    }
    String sign = nanos < 0 ? "-" : "";
    BigDecimal n = BigDecimal.valueOf(nanos).abs();
    if (n.compareTo(BigDecimal.valueOf(1_000)) < 0) {
      return sign + n + "ns";
    }
    if (n.compareTo(BigDecimal.valueOf(1_000_000)) < 0) {
      return sign + plain(n.movePointLeft(3)) + "µs";
    }
    if (n.compareTo(BigDecimal.valueOf(1_000_000_000)) < 0) {
      return sign + plain(n.movePointLeft(6)) + "ms";
    }
    BigDecimal seconds = n.movePointLeft(9);
    long minutes = seconds.toBigInteger().longValue() / 60;
    String rest = plain(seconds.subtract(BigDecimal.valueOf(minutes * 60)));
    return sign
        + (minutes >= 60 ? minutes / 60 + "h" : "")
        + (minutes > 0 ? minutes % 60 + "m" : "")
        + rest
        + "s";
  }

  private static String plain(BigDecimal number) {
    return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
  }

  /** Reads what Go's {@code time.ParseDuration} does; milliseconds, cut. */
  static long parseDuration(String text) throws Flags.WrongCall {
    String rest = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
    if (rest.equals("0")) {
      return 0;
    }
    BigDecimal total = BigDecimal.ZERO;
    Matcher piece = PIECE.matcher(rest);
    int at = 0;
    while (at < rest.length()) {
      if (!piece.find(at)
          || piece.start() != at
          || (piece.group(1).isEmpty()
              && (piece.group(2) == null || piece.group(2).length() < 2))) {
        break;
      }
      String number = piece.group(1) + (piece.group(2) == null ? "" : piece.group(2) + "0");
      Long unit = NANOS.get(piece.group(3));
      total =
          total.add(
              new BigDecimal(number.startsWith(".") ? "0" + number : number)
                  .multiply(BigDecimal.valueOf(unit == null ? 1 : unit)));
      at = piece.end();
    }
    if (rest.isEmpty() || at < rest.length()) {
      throw new Flags.WrongCall("time: invalid duration " + Quoting.quote(text));
    }
    long millis =
        total.divide(BigDecimal.valueOf(1_000_000), RoundingMode.DOWN).toBigInteger().longValue();
    return text.startsWith("-") ? -millis : millis;
  }

  /** A time as {@code list} prints it. */
  static String time(long milliseconds, boolean humanReadable) {
    // Cut towards zero, as there.
    return humanReadable
        ? TIME.format(Instant.ofEpochSecond(milliseconds / 1000))
        : Long.toString(milliseconds);
  }

  /** A size as {@code list} prints it: {@code 41KiB494B}. */
  static String size(long bytes, boolean humanReadable) {
    if (!humanReadable || bytes == 0) {
      return humanReadable ? "0B" : Long.toString(bytes);
    }
    StringBuilder out = new StringBuilder();
    String[] units = {"EiB", "PiB", "TiB", "GiB", "MiB", "KiB", "B"};
    long rest = bytes;
    for (int i = 0; i < units.length; i++) {
      int shift = 10 * (units.length - 1 - i);
      long n = rest >>> shift;
      if (n != 0) {
        out.append(n).append(units[i]);
      }
      rest -= n << shift;
    }
    return out.toString();
  }

  /**
   * Lines with columns, as {@code text/tabwriter} aligns them: at least 13 wide, two spaces between
   * them; the last column is as it is.
   */
  static String table(List<List<String>> rows) {
    List<Integer> widths = new ArrayList<>();
    for (List<String> row : rows) {
      for (int i = 0; i + 1 < row.size(); i++) {
        int width = Math.max(13, row.get(i).length() + 2);
        if (i == widths.size()) {
          widths.add(width);
        } else {
          widths.set(i, Math.max(widths.get(i), width));
        }
      }
    }
    StringBuilder out = new StringBuilder();
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        String cell = row.get(i);
        out.append(cell);
        if (i + 1 < row.size()) {
          out.repeat(' ', widths.get(i) - cell.length());
        }
      }
      out.append('\n');
    }
    return out.toString();
  }
}
