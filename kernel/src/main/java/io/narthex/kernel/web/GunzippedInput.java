package io.narthex.kernel.web;

import io.narthex.api.web.HttpError;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** A request's body that came with gzip. What is wrong with it is the client's mistake. */
final class GunzippedInput extends FilterInputStream {
  private static final int BUFFER = 8192;

  /**
   * Reads the header.
   *
   * @throws HttpError when there is none, in Go's words
   */
  GunzippedInput(InputStream packed) throws IOException {
    super(opened(packed));
  }

  private static InputStream opened(InputStream packed) throws IOException {
    try {
      return new GZIPInputStream(packed, BUFFER);
    } catch (ZipException e) {
      throw new HttpError(400, "gzip: invalid header");
    } catch (EOFException e) {
      throw endsTooSoon();
    }
  }

  private static HttpError endsTooSoon() {
    return new HttpError(400, "unexpected EOF");
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    try {
      return super.read(target, offset, length);
    } catch (ZipException e) {
      throw new HttpError(400, "gzip: corrupt input");
    } catch (EOFException e) {
      throw endsTooSoon();
    }
  }
}
