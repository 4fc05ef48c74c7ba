package io.narthex.api.model;

import io.narthex.api.Api;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The hash of labels that Prometheus has: which series {@code limit_ratio} takes depends on it, and
 * when a group of rules is evaluated. It is the XXH64, with seed 0, of names and values, each
 * behind its length:
 *
 * <pre>
 * | length of name | name | length of value | value | length of name | ...
 *
 * length 0..254: one byte; from 255: 0xFF and three bytes, the lowest first
 * </pre>
 *
 * <p>Example: {@code {a="bc"}} is {@code 01 61 02 62 63}. Source: {@code labels.Labels.Hash} of
 * Prometheus 3.14 in its default build. Not safe for several threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class LabelsHash {
  private static final int LONG_FROM = 255;
  private static final double ALL = 0x1p64;

  private byte[] bytes = new byte[256];
  private int size;

  /** Makes one that keeps a buffer. */
  public LabelsHash() {}

  /** The place of labels among all, evenly spread: 0 ≤ place ≤ 1. */
  public double place(Labels labels) {
    long hash = hash(labels);
    // Rounded once, as the conversion of an unsigned number is.
    return (hash >= 0 ? (double) hash : 2.0 * ((hash >>> 1) | (hash & 1))) / ALL;
  }

  /** The hash; all 64 bits count, without a sign. */
  public long hash(Labels labels) {
    size = 0;
    for (int i = 0; i < labels.size(); i++) {
      add(labels.name(i));
      add(labels.value(i));
    }
    return XxHash64.of(bytes, size);
  }

  private void add(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    if (size + 4 + utf8.length > bytes.length) {
      bytes = Arrays.copyOf(bytes, 2 * (size + 4 + utf8.length));
    }
    if (utf8.length < LONG_FROM) {
      bytes[size++] = (byte) utf8.length;
    } else {
      bytes[size++] = (byte) LONG_FROM;
      bytes[size++] = (byte) utf8.length;
      bytes[size++] = (byte) (utf8.length >> 8);
      bytes[size++] = (byte) (utf8.length >> 16);
    }
    System.arraycopy(utf8, 0, bytes, size, utf8.length);
    size += utf8.length;
  }
}
