package io.narthex.query.remoteread;

import io.narthex.api.model.Matcher;
import io.narthex.api.storage.SelectRequest;
import java.util.List;

/**
 * One query of a request.
 *
 * @param from first millisecond, inclusive; what hints say is taken in
 * @param to last millisecond, inclusive; before {@code from} when nothing can be asked for
 * @param matchers as they came
 * @param function hint: the function around the selector, {@code series} when labels alone are
 *     looked at
 * @param step hint, in milliseconds
 * @param range hint, in milliseconds
 * @param grouping hint
 * @param by hint
 */
record ReadQuery(
    long from,
    long to,
    List<Matcher> matchers,
    String function,
    long step,
    long range,
    List<String> grouping,
    boolean by) {
  ReadQuery {
    matchers = List.copyOf(matchers);
    grouping = List.copyOf(grouping);
  }

  /** Whether nothing can satisfy it. */
  boolean isVoid() {
    return from > to || matchers.isEmpty();
  }

  /** Whether labels alone are looked at. */
  boolean labelsOnly() {
    return function.equals("series");
  }

  /** What the storage is asked for when samples are answered with, in no order. */
  SelectRequest forSamples() {
    return request(false, function);
  }

  /** What the storage is asked for when chunks are, in the order of labels. */
  SelectRequest forChunks() {
    // Chunks are sent even to one who looks at labels alone: a series without any is not sent.
    return request(true, labelsOnly() ? "" : function);
  }

  private SelectRequest request(boolean sorted, String around) {
    return new SelectRequest(
        from,
        to,
        sorted,
        0,
        Math.max(0, step),
        Math.max(0, range),
        around,
        grouping,
        by,
        0,
        0,
        false);
  }
}
