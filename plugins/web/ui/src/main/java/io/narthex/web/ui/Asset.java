package io.narthex.web.ui;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A file that is sent as it is. Nobody changes its bytes. */
final class Asset {
  private final String contentType;
  private final byte[] content;
  private final String etag;

  private Asset(String contentType, byte[] content) {
    this.contentType = contentType;
    this.content = content;
    this.etag = '"' + digest(content) + '"';
  }

  /** An asset whose bytes now belong to it. */
  static Asset of(String contentType, byte[] content) {
    return new Asset(contentType, content);
  }

  static Asset html(String text) {
    return of("text/html; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  /** The value of the header of that name. */
  String contentType() {
    return contentType;
  }

  byte[] content() {
    return content;
  }

  /** A strong entity tag with its quotes. */
  String etag() {
    return etag;
  }

  /** The first 64 bits of SHA-256 in hex: enough to tell the versions of a file apart. */
  static String digest(byte[]... parts) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        sha.update(part);
      }
      return HexFormat.of().formatHex(sha.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("cannot name assets: this Java has no SHA-256", e);
    }
  }
}
