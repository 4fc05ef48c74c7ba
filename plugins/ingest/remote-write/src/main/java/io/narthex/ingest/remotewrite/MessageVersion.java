package io.narthex.ingest.remotewrite;

import org.jspecify.annotations.Nullable;

/** The two messages of remote write. */
enum MessageVersion {
  V1(MessageVersion.ONE),
  V2(MessageVersion.TWO);

  static final String ONE = "prometheus.WriteRequest";
  static final String TWO = "io.prometheus.write.v2.Request";

  static final String CONTENT_TYPE = "application/x-protobuf";

  private final String messageName;

  MessageVersion(String messageName) {
    this.messageName = messageName;
  }

  /** The protobuf message's full name. */
  String messageName() {
    return messageName;
  }

  static @Nullable MessageVersion named(String name) {
    return switch (name) {
      case ONE -> V1;
      case TWO -> V2;
      default -> null;
    };
  }

  static String unknown(String name) {
    return "unknown type for remote write protobuf message "
        + name
        + ", supported: "
        + ONE
        + ", "
        + TWO;
  }

  /**
   * What a content type announces. Without one, or without a parameter {@code proto}, it is the
   * first version.
   *
   * @throws IllegalArgumentException with upstream's text when it is none of the two
   */
  static MessageVersion of(String contentType) {
    String type = contentType.strip();
    if (type.isEmpty()) {
      return V1;
    }
    String[] parts = type.split(";", -1);
    if (!parts[0].equals(CONTENT_TYPE)) {
      throw new IllegalArgumentException(
          "expected " + CONTENT_TYPE + " as the first (media) part, got " + type + " content-type");
    }
    for (int i = 1; i < parts.length; i++) {
      String[] pair = parts[i].strip().split("=", -1);
      if (pair.length != 2) {
        throw new IllegalArgumentException(
            "as per https://www.rfc-editor.org/rfc/rfc9110#parameter expected parameters to be"
                + " key-values, got "
                + parts[i]
                + " in "
                + type
                + " content-type");
      }
      if (pair[0].equals("proto")) {
        MessageVersion version = named(pair[1]);
        if (version == null) {
          throw new IllegalArgumentException("got " + type + " content type; " + unknown(pair[1]));
        }
        return version;
      }
    }
    return V1;
  }
}
