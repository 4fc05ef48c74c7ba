package io.narthex.ingest.scrape;

import io.narthex.api.format.ExpositionFormat;
import io.narthex.api.model.Quoting;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of targets, and what their answer is taken for. Only protocols that some loaded
 * plugin reads are asked for.
 */
final class Negotiation {
  /** Upstream's weight of the most wanted protocol: one more than it knows protocols. */
  private static final int FIRST_WEIGHT = 6;

  /**
   * A protocol together with who reads it.
   *
   * @param format who
   * @param protocol what
   */
  record Choice(ExpositionFormat format, ExpositionFormat.Protocol protocol) {}

  /** A target's answer that nobody reads. */
  static final class UnsupportedContentException extends Exception {
    private static final long serialVersionUID = 1L;

    UnsupportedContentException(String message) {
      super(message);
    }
  }

  private final List<Choice> choices = new ArrayList<>();
  private final int version;

  /**
   * Looks at what is loaded now.
   *
   * @param version another number than that of the negotiation before
   */
  Negotiation(List<ExpositionFormat> formats, int version) {
    this.version = version;
    for (ExpositionFormat format : formats) {
      for (ExpositionFormat.Protocol protocol : format.protocols()) {
        choices.add(new Choice(format, protocol));
      }
    }
  }

  /** Tells whether headers made before are still right. */
  int version() {
    return version;
  }

  /**
   * The {@code Accept} header.
   *
   * @param wanted names of protocols, best first
   * @param escaping what is asked for of names beyond the classic characters
   */
  String accept(List<String> wanted, String escaping) {
    StringBuilder header = new StringBuilder();
    int weight = FIRST_WEIGHT;
    for (String name : wanted) {
      Choice choice = byName(name);
      if (choice == null) {
        continue;
      }
      header.append(choice.protocol.mediaType());
      if (name.equals("PrometheusText1.0.0") || name.equals("OpenMetricsText1.0.0")) {
        header.append(";escaping=").append(escaping);
      }
      header.append(";q=0.").append(weight--).append(',');
    }
    return header.append("*/*;q=0.").append(weight).toString();
  }

  private @Nullable Choice byName(String name) {
    for (Choice choice : choices) {
      if (choice.protocol.name().equals(name)) {
        return choice;
      }
    }
    return null;
  }

  /**
   * Who reads an answer.
   *
   * @param contentType the header, empty when there was none
   * @param fallback name of the protocol to be taken where the header is of no use; empty for none
   * @throws UnsupportedContentException with Prometheus's messages
   */
  Choice choose(String contentType, String fallback) throws UnsupportedContentException {
    Choice instead = fallback.isEmpty() ? null : byName(fallback);
    if (contentType.isEmpty()) {
      return orFail(
          instead,
          "non-compliant scrape target sending blank Content-Type and no"
              + " fallback_scrape_protocol specified for target");
    }
    String media = essence(contentType);
    if (media == null) {
      return orFail(
          instead,
          "cannot parse Content-Type "
              + Quoting.quote(contentType)
              + " and no fallback_scrape_protocol for target");
    }
    String version = parameter(contentType, "version");
    Choice best = null;
    for (Choice choice : choices) {
      String offered = choice.protocol.mediaType();
      if (media.equals(essence(offered))) {
        boolean exact = Objects.equals(version, parameter(offered, "version"));
        if (best == null || exact) {
          best = choice;
        }
        if (exact) {
          break;
        }
      }
    }
    return best != null
        ? best
        : orFail(
            instead,
            "received unsupported Content-Type "
                + Quoting.quote(contentType)
                + " and no fallback_scrape_protocol specified for target");
  }

  private static Choice orFail(@Nullable Choice instead, String message)
      throws UnsupportedContentException {
    if (instead == null) {
      throw new UnsupportedContentException(message);
    }
    return instead;
  }

  /** The {@code type/subtype} in lower case; null when there is none. */
  private static @Nullable String essence(String contentType) {
    int semicolon = contentType.indexOf(';');
    String media =
        (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
            .trim()
            .toLowerCase(Locale.ROOT);
    int slash = media.indexOf('/');
    boolean token =
        !media.isEmpty()
            && media
                .chars()
                .allMatch(c -> c > ' ' && c < 0x7f && "()<>@,;:\\\"[]?=".indexOf(c) < 0);
    return token && slash != 0 && slash == media.lastIndexOf('/') && slash != media.length() - 1
        ? media
        : null;
  }

  private static @Nullable String parameter(String contentType, String name) {
    for (String part : contentType.split(";", -1)) {
      int equals = part.indexOf('=');
      if (equals > 0 && part.substring(0, equals).trim().equalsIgnoreCase(name)) {
        String value = part.substring(equals + 1).trim();
        return value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")
            ? value.substring(1, value.length() - 1)
            : value;
      }
    }
    return null;
  }
}
