package io.narthex.api.web;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * An answer without a network, for tests of handlers. As strict as the kernel's: a status or header
 * that HTTP does not have is refused, and so is any once more than 64 KiB of the body were written,
 * or the body was closed. Belongs to one thread.
 *
 * @see FakeRequest#send
 */
public final class FakeResponse implements WebResponse {
  /** As much as the kernel keeps before it sends. */
  private static final int BUFFER = 64 << 10;

  private final Body body = new Body();
  private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private int status = 200;
  private boolean closed;

  /** The status; 200 unless one was set. */
  public int status() {
    return status;
  }

  /** Headers by name, in any case; those that were added to others joined by comma and space. */
  public Map<String, String> headers() {
    return Collections.unmodifiableMap(headers);
  }

  /** The body. */
  public byte[] bytes() {
    return body.content.toByteArray();
  }

  /** The body as UTF-8. */
  public String text() {
    return body.content.toString(StandardCharsets.UTF_8);
  }

  /** Status and body, without the space at their ends: {@code 404 not found}. */
  public String answer() {
    return (status + " " + text()).strip();
  }

  /** Whether the body was closed, which completes the answer. */
  public boolean isClosed() {
    return closed;
  }

  @Override
  public WebResponse status(int code) {
    if (code < 200 || code > 599) {
      throw new IllegalArgumentException("cannot answer with status " + code + "; want 200 to 599");
    }
    requireUncommitted("status");
    status = code;
    return this;
  }

  @Override
  public WebResponse header(String name, String value) {
    check(name, value);
    headers.put(name, value);
    return this;
  }

  @Override
  public WebResponse addHeader(String name, String value) {
    check(name, value);
    headers.merge(name, value, (before, added) -> before + ", " + added);
    return this;
  }

  private void check(String name, String value) {
    boolean token = name.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    if (!token || !value.chars().allMatch(c -> (c >= ' ' || c == '\t') && c != 0x7f && c <= 0xff)) {
      throw new IllegalArgumentException(
          "cannot set header: name or value has a character that a header cannot hold");
    }
    requireUncommitted(name);
  }

  private void requireUncommitted(String what) {
    if (isCommitted()) {
      throw new IllegalStateException("cannot set " + what + ": the answer is already being sent");
    }
  }

  @Override
  public OutputStream body() {
    return body;
  }

  @Override
  public boolean isCommitted() {
    return closed || body.flushed || body.content.size() > BUFFER;
  }

  /** What the kernel makes of an error that a handler ends with. */
  void replace(HttpError error) throws IOException {
    if (isCommitted()) {
      throw error;
    }
    body.content.reset();
    headers.clear();
    status(error.status());
    send("text/plain; charset=utf-8", error.getMessage() + "\n");
  }

  private final class Body extends OutputStream {
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private boolean flushed;

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (closed) {
        throw new IOException("the answer is complete; nothing can be added");
      }
      content.write(bytes, offset, length);
    }

    @Override
    public void flush() {
      flushed = true;
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
