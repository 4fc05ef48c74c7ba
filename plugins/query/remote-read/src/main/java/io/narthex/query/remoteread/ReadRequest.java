package io.narthex.query.remoteread;

import io.narthex.api.model.Matcher;
import io.narthex.api.wire.MalformedException;
import io.narthex.api.wire.ProtobufReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The message {@code prometheus.ReadRequest}, read:
 *
 * <pre>
 * ReadRequest   1 Query*         2 response type*  (0 SAMPLES, 1 STREAMED_XOR_CHUNKS), best first
 * Query         1 int64 start    2 int64 end       3 LabelMatcher*   4 ReadHints
 * LabelMatcher  1 type (0 =, 1 !=, 2 =~, 3 !~)     2 name            3 value
 * ReadHints     1 int64 step     2 function        3 int64 start     4 int64 end
 *               5 grouping*      6 bool by         7 int64 range     (all times in milliseconds)
 * </pre>
 *
 * Source: Prometheus 3.14, {@code prompb/remote.proto} and {@code prompb/types.proto}.
 */
final class ReadRequest {
  /** Queries, matchers, and names in hints, all together: more than anybody asks with. */
  static final int MOST_PARTS = 100_000;

  /** Response types that are kept to be told; one that is known is found behind them, too. */
  private static final int TYPES_TOLD = 16;

  private static final int SAMPLES = 0;
  private static final int STREAMED_XOR_CHUNKS = 1;

  private static final Matcher.Type[] TYPES = {
    Matcher.Type.EQUAL, Matcher.Type.NOT_EQUAL, Matcher.Type.REGEX, Matcher.Type.NOT_REGEX
  };

  /** The queries in the order of the request. */
  final List<ReadQuery> queries = new ArrayList<>();

  private final ProtobufReader p = new ProtobufReader();
  private final List<RawQuery> raw = new ArrayList<>();
  private final List<Integer> types = new ArrayList<>();
  private int response = -1;
  private int parts;

  private ReadRequest() {}

  /** A matcher whose expression has not been looked at. */
  private record RawMatcher(int type, String name, String value) {}

  /** A query as it is on the wire. */
  private static final class RawQuery {
    long start;
    long end;
    final List<RawMatcher> matchers = new ArrayList<>();
    boolean hinted;
    long hintStart;
    long hintEnd;
    long step;
    long range;
    String function = "";
    final List<String> grouping = new ArrayList<>();
    boolean by;
  }

  /** A query that cannot be asked, though the request can be read. */
  static final class BadQueryException extends Exception {
    private static final long serialVersionUID = 1L;

    BadQueryException(String message) {
      super(message);
    }
  }

  /**
   * Reads a message.
   *
   * @throws MalformedException when it is none, or asks for too much or for nothing that there is
   * @throws BadQueryException for a matcher that cannot be
   */
  static ReadRequest read(byte[] message) throws MalformedException, BadQueryException {
    ReadRequest request = new ReadRequest();
    request.p.reset(message, 0, message.length);
    request.message();
    request.negotiate();
    for (RawQuery query : request.raw) {
      request.queries.add(made(query));
    }
    request.raw.clear();
    return request;
  }

  /** Whether the answer is to be chunks, rather than samples. */
  boolean wantsChunks() {
    return response == STREAMED_XOR_CHUNKS;
  }

  private void negotiate() throws MalformedException {
    if (types.isEmpty()) {
      response = SAMPLES;
    } else if (response < 0) {
      StringBuilder told = new StringBuilder();
      for (int type : types) {
        told.append(told.isEmpty() ? "" : " ").append(type);
      }
      throw new MalformedException(
          "server does not support any of the requested response types: ["
              + told
              + "]; supported: map[SAMPLES:{} STREAMED_XOR_CHUNKS:{}]");
    }
  }

  private void message() throws MalformedException {
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 1 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Queries");
          part();
          int outer = p.enter();
          raw.add(query());
          p.leave(outer);
        }
        case 2 -> {
          if ((tag & 7) == ProtobufReader.BYTES) {
            int outer = p.enter();
            while (p.hasMore()) {
              type((int) p.varint());
            }
            p.leave(outer);
          } else {
            ProtobufReader.require(tag, ProtobufReader.VARINT, "AcceptedResponseTypes");
            type((int) p.varint());
          }
        }
        default -> p.skip(tag);
      }
    }
  }

  private void type(int type) {
    if (types.size() < TYPES_TOLD) {
      types.add(type);
    }
    if (response < 0 && (type == SAMPLES || type == STREAMED_XOR_CHUNKS)) {
      response = type;
    }
  }

  private RawQuery query() throws MalformedException {
    RawQuery query = new RawQuery();
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 1 -> query.start = number(tag, "StartTimestampMs");
        case 2 -> query.end = number(tag, "EndTimestampMs");
        case 3 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Matchers");
          part();
          int outer = p.enter();
          query.matchers.add(matcher());
          p.leave(outer);
        }
        case 4 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Hints");
          query.hinted = true;
          int outer = p.enter();
          hints(query);
          p.leave(outer);
        }
        default -> p.skip(tag);
      }
    }
    return query;
  }

  private RawMatcher matcher() throws MalformedException {
    int type = 0;
    String name = "";
    String value = "";
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 1 -> type = (int) number(tag, "Type");
        case 2 -> name = text(tag, "Name");
        case 3 -> value = text(tag, "Value");
        default -> p.skip(tag);
      }
    }
    return new RawMatcher(type, name, value);
  }

  private void hints(RawQuery query) throws MalformedException {
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 1 -> query.step = number(tag, "StepMs");
        case 2 -> query.function = text(tag, "Func");
        case 3 -> query.hintStart = number(tag, "StartMs");
        case 4 -> query.hintEnd = number(tag, "EndMs");
        case 5 -> {
          part();
          query.grouping.add(text(tag, "Grouping"));
        }
        case 6 -> query.by = number(tag, "By") != 0;
        case 7 -> query.range = number(tag, "RangeMs");
        default -> p.skip(tag);
      }
    }
  }

  private void part() throws MalformedException {
    if (++parts > MOST_PARTS) {
      throw new MalformedException(
          "too many queries, matchers and grouping labels in a remote read request: want at most "
              + MOST_PARTS);
    }
  }

  private long number(int tag, String field) throws MalformedException {
    ProtobufReader.require(tag, ProtobufReader.VARINT, field);
    return p.varint();
  }

  private String text(int tag, String field) throws MalformedException {
    ProtobufReader.require(tag, ProtobufReader.BYTES, field);
    int n = p.length();
    String text = new String(p.bytes, p.position, n, StandardCharsets.UTF_8);
    p.position += n;
    return text;
  }

  private static ReadQuery made(RawQuery query) throws BadQueryException {
    List<Matcher> matchers = new ArrayList<>(query.matchers.size());
    for (RawMatcher m : query.matchers) {
      if (m.type < 0 || m.type >= TYPES.length) {
        throw new BadQueryException("invalid matcher type");
      }
      try {
        matchers.add(Matcher.of(TYPES[m.type], m.name, m.value));
      } catch (IllegalArgumentException e) {
        throw new BadQueryException(String.valueOf(e.getMessage()));
      }
    }
    return new ReadQuery(
        query.hinted ? Math.max(query.start, query.hintStart) : query.start,
        query.hinted ? Math.min(query.end, query.hintEnd) : query.end,
        matchers,
        query.function,
        query.step,
        query.range,
        query.grouping,
        query.by);
  }
}
