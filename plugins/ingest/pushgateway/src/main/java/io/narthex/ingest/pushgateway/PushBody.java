package io.narthex.ingest.pushgateway;

import io.airlift.compress.v3.snappy.SnappyFramedInputStream;
import io.airlift.compress.v3.snappy.SnappyJavaDecompressor;
import io.narthex.api.format.ExpositionException;
import io.narthex.api.format.MetricFamily;
import io.narthex.api.format.TextFamilies;
import io.narthex.api.model.NameScheme;
import io.narthex.api.web.HttpError;
import io.narthex.api.web.WebRequest;
import io.narthex.api.wire.MalformedException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** The body of a push: text, or protobuf when its content type says so; plain, gzip or snappy. */
final class PushBody {
  /** The largest body, in bytes, unpacked. */
  static final int MAX_BYTES = 64 << 20;

  private static final String PROTOBUF = "application/vnd.google.protobuf";

  private PushBody() {}

  /** The bytes of the body, unpacked. */
  static byte[] read(WebRequest request) throws IOException {
    InputStream in = request.body();
    String encoding = request.header("Content-Encoding").orElse("").toLowerCase(Locale.ROOT);
    if (!encoding.equals("snappy")) {
      return bounded(in);
    }
    try {
      return bounded(new SnappyFramedInputStream(new SnappyJavaDecompressor(), in));
    } catch (HttpError e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new HttpError(400, "snappy: corrupt input");
    }
  }

  private static byte[] bounded(InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) {
      throw new HttpError(
          413, "pushed metrics are too large: got more than " + MAX_BYTES + " bytes unpacked");
    }
    return bytes;
  }

  /** The families in the body. */
  static Collection<Family> families(byte[] body, String contentType, NameScheme scheme)
      throws HttpError {
    try {
      if (isProtobuf(contentType)) {
        return Protobuf.readDelimited(body).values();
      }
      List<Family> families = new ArrayList<>();
      for (MetricFamily family : TextFamilies.read(body, scheme).values()) {
        families.add(Family.of(family));
      }
      return families;
    } catch (MalformedException | ExpositionException e) {
      throw new HttpError(400, String.valueOf(e.getMessage()));
    }
  }

  private static boolean isProtobuf(String contentType) {
    String[] parts = contentType.split(";");
    boolean message = false;
    boolean delimited = false;
    for (int i = 1; i < parts.length; i++) {
      String parameter = parts[i].strip().replace("\"", "");
      message |= parameter.equals("proto=io.prometheus.client.MetricFamily");
      delimited |= parameter.equals("encoding=delimited");
    }
    return parts[0].strip().equalsIgnoreCase(PROTOBUF) && message && delimited;
  }
}
