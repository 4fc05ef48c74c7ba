package io.narthex.format.protobuf;

import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.wire.MalformedException;
import io.narthex.api.wire.ProtobufReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the exemplars of a batch's samples stand in the exposition; they are read when they are
 * asked for, those of native histograms at once, since only reading tells whether there is one that
 * counts. A counter or bucket has at most one, a native histogram any number, of its own or else
 * those of its classic buckets, and of these only the ones with a timestamp.
 *
 * <pre>
 *   Exemplar   1 label* (1 name  2 value)  2 value  3 timestamp
 *   Timestamp  1 seconds  2 nanos
 * </pre>
 */
final class Exemplars {
  private int[] samples = new int[0];
  private int[] from = new int[0];

  private int[] to = new int[0];

  /** Of native histograms, which have no place. */
  private @Nullable List<Exemplar>[] known = noLists(0);

  private int size;

  void clear() {
    size = 0;
  }

  /** Sample {@code i}, which comes after those that were added before, has one exemplar. */
  void add(int i, int start, int end) {
    if (size == samples.length) {
      int capacity = Math.max(16, 2 * size);
      samples = Arrays.copyOf(samples, capacity);
      from = Arrays.copyOf(from, capacity);
      to = Arrays.copyOf(to, capacity);
      known = Arrays.copyOf(known, capacity);
    }
    samples[size] = i;
    from[size] = start;
    to[size] = end;
    known[size++] = null;
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static @Nullable List<Exemplar>[] noLists(int n) {
    return new List[n];
  }

  /**
   * Sample {@code i} is a native histogram whose metric, given here, names exemplars.
   *
   * @return whether any of them counts
   */
  boolean addHistogram(byte[] data, int i, int start, int end) throws MalformedException {
    List<Exemplar> all = ofHistogram(data, start, end);
    if (all.isEmpty()) {
      return false;
    }
    add(i, 0, 0);
    known[size - 1] = all;
    return true;
  }

  /** The exemplars of sample {@code i}. */
  List<Exemplar> read(byte[] data, int i) throws MalformedException {
    int at = Arrays.binarySearch(samples, 0, size, i);
    if (at < 0) {
      return List.of();
    }
    List<Exemplar> all = known[at];
    if (all != null) {
      return all;
    }
    ProtobufReader p = new ProtobufReader();
    p.reset(data, from[at], to[at]);
    return List.of(exemplar(p));
  }

  private static List<Exemplar> ofHistogram(byte[] data, int start, int end)
      throws MalformedException {
    ProtobufReader p = new ProtobufReader();
    p.reset(data, start, end);
    List<Exemplar> own = new ArrayList<>();
    List<Exemplar> ofBuckets = new ArrayList<>();
    boolean hasOwn = false;
    while (p.hasMore()) {
      int tag = p.tag();
      if (tag >>> 3 != 7) {
        p.skip(tag);
        continue;
      }
      int outer = p.enter();
      while (p.hasMore()) {
        int inner = p.tag();
        if (inner >>> 3 == 16) {
          hasOwn = true;
          int histogram = p.enter();
          addStamped(exemplar(p), own);
          p.leave(histogram);
        } else if (inner >>> 3 == 3) {
          ofBucket(p, ofBuckets);
        } else {
          p.skip(inner);
        }
      }
      p.leave(outer);
    }
    return hasOwn ? own : ofBuckets;
  }

  private static void ofBucket(ProtobufReader p, List<Exemplar> into) throws MalformedException {
    int outer = p.enter();
    while (p.hasMore()) {
      int tag = p.tag();
      if (tag >>> 3 == 3) {
        int bucket = p.enter();
        addStamped(exemplar(p), into);
        p.leave(bucket);
      } else {
        p.skip(tag);
      }
    }
    p.leave(outer);
  }

  private static void addStamped(Exemplar exemplar, List<Exemplar> into) {
    if (exemplar.hasTimestamp()) {
      into.add(exemplar);
    }
  }

  private static Exemplar exemplar(ProtobufReader p) throws MalformedException {
    LabelPairs pairs = new LabelPairs();
    double value = 0;
    long timestamp = 0;
    boolean stamped = false;
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 1 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Label");
          int outer = p.enter();
          pairs.read(p);
          p.leave(outer);
        }
        case 2 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "Value");
          value = p.float64();
        }
        case 3 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Timestamp");
          int outer = p.enter();
          timestamp = timestamp(p);
          stamped = true;
          p.leave(outer);
        }
        default -> p.skip(tag);
      }
    }
    Labels.Builder labels = Labels.builder();
    for (LabelPairs.Pair pair : pairs.inOrder()) {
      if (!pair.name().isEmpty()) {
        labels.set(pair.name(), pair.value());
      }
    }
    return new Exemplar(labels.build(), value, timestamp, stamped);
  }

  /** Reads a {@code Timestamp} up to the limit; milliseconds. */
  static long timestamp(ProtobufReader p) throws MalformedException {
    long seconds = 0;
    long nanos = 0;
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 1 -> {
          ProtobufReader.require(tag, ProtobufReader.VARINT, "Seconds");
          seconds = p.varint();
        }
        case 2 -> {
          ProtobufReader.require(tag, ProtobufReader.VARINT, "Nanos");
          nanos = (int) p.varint();
        }
        default -> p.skip(tag);
      }
    }
    return seconds * 1000 + nanos / 1_000_000;
  }
}
