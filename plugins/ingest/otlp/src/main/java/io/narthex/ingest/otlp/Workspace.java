package io.narthex.ingest.otlp;

import io.narthex.api.web.MemoryBudget;
import io.narthex.api.wire.MalformedException;
import java.io.IOException;
import java.io.InputStream;

/**
 * What the reading of a request needs and the next request can use again. Belongs to one request at
 * a time.
 */
final class Workspace {
  /** A buffer of more bytes than this is not kept for the next request. */
  static final int KEPT = 4 << 20;

  /** Bytes that are asked of a connection at once: the system copies through a buffer as large. */
  private static final int READ = 128 << 10;

  private final Buffer body;
  private final Buffer rewritten;
  private final JsonRequest json = new JsonRequest();
  final Transaction transaction = new Transaction();
  final Translator translator;

  Workspace(MemoryBudget budget, long seed, TranslatorSettings settings) {
    body = new Buffer(budget);
    rewritten = new Buffer(budget);
    translator = new Translator(seed, settings);
  }

  /** There is no room for the request now; there will be. */
  static final class NoRoomException extends IOException {
    private static final long serialVersionUID = 1L;

    NoRoomException() {
      super("too much OTLP data at a time");
    }
  }

  /**
   * Reads a body to its end.
   *
   * @param expected its length in bytes, if known; otherwise any guess
   */
  void read(InputStream from, int expected) throws IOException {
    body.length = 0;
    body.reserve(Math.clamp(expected, 1 << 12, OtlpReceiver.MAX_BODY) + 1);
    while (true) {
      // One byte more than may be tells a body that ends there from one that goes on.
      if (body.length > OtlpReceiver.MAX_BODY) {
        throw new NoRoomException();
      }
      body.reserve(1);
      int n = from.read(body.bytes, body.length, Math.min(READ, body.bytes.length - body.length));
      if (n < 0) {
        return;
      }
      body.length += n;
    }
  }

  /** What was read, as protobuf. */
  Buffer message(boolean isJson) throws IOException, MalformedException {
    if (!isJson) {
      return body;
    }
    try {
      json.rewrite(body.bytes, body.length, rewritten);
    } finally {
      // The one is not needed any more while the other is.
      body.trim(KEPT);
    }
    return rewritten;
  }

  /** Lets go of what is too large to be kept. */
  void trim() {
    translator.release();
    json.release();
    body.trim(KEPT);
    rewritten.trim(KEPT);
  }

  /** Whether an unusual request has made it larger than is worth keeping. */
  boolean isLarge() {
    return json.isLarge() || translator.isLarge();
  }

  /** Gives all of its room back; it is not used any more. */
  void drop() {
    body.trim(0);
    rewritten.trim(0);
  }
}
