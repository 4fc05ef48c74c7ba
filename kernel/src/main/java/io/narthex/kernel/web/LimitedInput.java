package io.narthex.kernel.web;

import io.narthex.api.web.HttpError;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Refuses to give more than a number of bytes. */
final class LimitedInput extends FilterInputStream {
  private final long limit;
  private long left;

  LimitedInput(InputStream in, long limit) {
    super(in);
    this.limit = limit;
    this.left = limit;
  }

  /** What a client is told whose body is too large. */
  static HttpError tooLarge(long limit) {
    return new HttpError(413, "http: request body too large; want at most " + limit + " bytes");
  }

  @Override
  public int read() throws IOException {
    int b = super.read();
    if (b >= 0) {
      count(1);
    }
    return b;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    // One byte more than is left tells a body that ends here from one that goes on.
    int n = super.read(target, offset, (int) Math.min(length - 1L, Math.max(left, 0)) + 1);
    if (n > 0) {
      count(n);
    }
    return n;
  }

  @Override
  public long skip(long n) throws IOException {
    byte[] rest = new byte[(int) Math.min(Math.max(n, 0), 8192)];
    int read = rest.length == 0 ? 0 : read(rest, 0, rest.length);
    return Math.max(read, 0);
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  private void count(int n) throws HttpError {
    left -= n;
    if (left < 0) {
      throw tooLarge(limit);
    }
  }
}
