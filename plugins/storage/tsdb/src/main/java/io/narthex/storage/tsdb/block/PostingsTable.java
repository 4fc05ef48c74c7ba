package io.narthex.storage.tsdb.block;

import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.MappedFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The table that gives for each label the offset of its postings. In memory stand the label names
 * and, for each, the position of every 32nd value; the values themselves are read where they are
 * mapped. In version 1 the entries are in no order, so there every position is kept, sorted. Safe
 * for several threads.
 *
 * <pre>
 * length (4) | number of entries (4) | entries | CRC32C (4)
 * entry: 2 (1) | length of name (uvarint) | name | length of value (uvarint) | value
 *        | offset of postings (uvarint)
 * </pre>
 */
final class PostingsTable {
  private static final int STEP = 32;

  private final MappedFile file;
  private final long start;
  private final long end;

  /** Sorted by code points; the first is "" when there are postings of all series. */
  private final String[] names;

  private final Map<String, Integer> numbers;

  /** The number of values of each name. */
  private final int[] counts;

  /** Where in {@link #groups} each name begins. */
  private final int[] firstGroup;

  /** Positions of every {@link #step}th entry of a name, counted from start, unsigned. */
  private final int[] groups;

  private final int step;

  private PostingsTable(
      MappedFile file,
      long start,
      long end,
      List<String> names,
      int[] counts,
      int[] firstGroup,
      int[] groups,
      int step) {
    this.file = file;
    this.start = start;
    this.end = end;
    this.names = names.toArray(String[]::new);
    this.counts = counts;
    this.firstGroup = firstGroup;
    this.groups = groups;
    this.step = step;
    this.numbers = HashMap.newHashMap(this.names.length);
    for (int i = 0; i < this.names.length; i++) {
      numbers.put(this.names[i], i);
    }
  }

  static PostingsTable open(MappedFile file, int version, long offset) throws CorruptionException {
    FileCursor in = FileCursor.section(file, offset, true, "the postings offset table");
    long start = in.position();
    long end = start + in.remaining();
    long entries = Integer.toUnsignedLong(in.be32());
    // An entry has four bytes at least.
    if (entries > in.remaining() / 4) {
      throw new CorruptionException(
          file.path(), start, "got " + entries + " entries in " + (end - start) + " bytes");
    }
    return version == IndexReader.V1
        ? openUnsorted(file, in, start, end, entries)
        : openSorted(file, in, start, end, entries);
  }

  private static PostingsTable openSorted(
      MappedFile file, FileCursor in, long start, long end, long entries)
      throws CorruptionException {
    MemorySegment segment = file.segment();
    List<String> names = new ArrayList<>();
    int[] counts = new int[16];
    int[] firstGroup = new int[16];
    int[] groups = new int[64];
    int groupCount = 0;
    byte[] name = new byte[0];
    int count = 0;
    for (long i = 0; i < entries; i++) {
      int position = (int) (in.position() - start);
      checkKeys(in);
      int length = in.length();
      int c = names.isEmpty() ? 1 : FileCursor.compare(segment, in.position(), length, name);
      if (c != 0) {
        if (c < 0) {
          throw in.corruption("label names are out of order");
        }
        if (!names.isEmpty()) {
          counts[names.size() - 1] = count;
        }
        name = new byte[length];
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, in.position(), name, 0, length);
        if (names.size() == counts.length) {
          counts = Arrays.copyOf(counts, 2 * counts.length);
          firstGroup = Arrays.copyOf(firstGroup, 2 * firstGroup.length);
        }
        firstGroup[names.size()] = groupCount;
        names.add(shared(name));
        count = 0;
      }
      if (count % STEP == 0) {
        if (groupCount == groups.length) {
          groups = Arrays.copyOf(groups, 2 * groupCount);
        }
        groups[groupCount++] = position;
      }
      count++;
      in.skip(length);
      in.skipBytes();
      in.uvarint64();
    }
    if (!names.isEmpty()) {
      counts[names.size() - 1] = count;
    }
    return new PostingsTable(
        file,
        start,
        end,
        names,
        Arrays.copyOf(counts, names.size()),
        Arrays.copyOf(firstGroup, names.size()),
        Arrays.copyOf(groups, groupCount),
        STEP);
  }

  private static PostingsTable openUnsorted(
      MappedFile file, FileCursor in, long start, long end, long entries)
      throws CorruptionException {
    record Entry(byte[] name, byte[] value, int position) {}
    List<Entry> all = new ArrayList<>();
    for (long i = 0; i < entries; i++) {
      int position = (int) (in.position() - start);
      checkKeys(in);
      all.add(new Entry(in.bytes(), in.bytes(), position));
      in.uvarint64();
    }
    all.sort((a, b) -> {
      int c = Arrays.compareUnsigned(a.name, b.name);
      return c != 0 ? c : Arrays.compareUnsigned(a.value, b.value);
    });
    List<String> names = new ArrayList<>();
    int[] groups = new int[all.size()];
    int[] counts = new int[all.size()];
    int[] firstGroup = new int[all.size()];
    byte[] name = null;
    for (int i = 0; i < groups.length; i++) {
      Entry e = all.get(i);
      if (name == null || !Arrays.equals(name, e.name)) {
        name = e.name;
        firstGroup[names.size()] = i;
        names.add(shared(name));
      }
      counts[names.size() - 1]++;
      groups[i] = e.position;
    }
    return new PostingsTable(
        file,
        start,
        end,
        names,
        Arrays.copyOf(counts, names.size()),
        Arrays.copyOf(firstGroup, names.size()),
        groups,
        1);
  }

  private static void checkKeys(FileCursor in) throws CorruptionException {
    long keys = in.uvarint64();
    if (keys != 2) {
      throw in.corruption("got an entry of " + Long.toUnsignedString(keys) + " keys, want 2");
    }
  }

  /** Label names are few and stand in every block: one copy will do. */
  private static String shared(byte[] name) {
    return new String(name, StandardCharsets.UTF_8).intern();
  }

  /** The label names in order, "" for all series first. Not to be changed. */
  String[] names() {
    return names;
  }

  /** The number of a label name; -1 when there is no such label. */
  int number(String name) {
    return numbers.getOrDefault(name, -1);
  }

  /** How many values the label has. */
  int valueCount(int number) {
    return counts[number];
  }

  /** Bytes that this object holds in memory, names aside. */
  long memory() {
    return 4L * (groups.length + counts.length + firstGroup.length);
  }

  /** The offset of a label's postings; -1 when there are none. */
  long find(int number, byte[] value) throws CorruptionException {
    Values values = from(number, value);
    return values.next() && values.compare(value) == 0 ? values.postings() : -1;
  }

  /** All values of a label, in order. */
  Values values(int number) {
    return new Values(number, 0);
  }

  /** The values of a label from the first that is not less than {@code least} on. */
  Values from(int number, byte[] least) throws CorruptionException {
    int low = 0;
    int high = groupsOf(number);
    // The last group whose first value is less than or equal.
    while (low < high) {
      int mid = (low + high) >>> 1;
      Values group = new Values(number, mid);
      if (group.next() && group.compare(least) <= 0) {
        low = mid + 1;
      } else {
        high = mid;
      }
    }
    Values values = new Values(number, Math.max(0, low - 1));
    while (values.next()) {
      if (values.compare(least) >= 0) {
        values.back();
        break;
      }
    }
    return values;
  }

  private int groupsOf(int number) {
    return (counts[number] + step - 1) / step;
  }

  /** Goes through values of a label. Starts before the first; belongs to one thread. */
  final class Values {
    private final int number;
    private int next;
    private @Nullable FileCursor in;
    private long value;
    private int length;
    private long postings;
    private boolean again;

    private Values(int number, int group) {
      this.number = number;
      this.next = group * step;
    }

    /** Goes to the next value; false at the end. */
    boolean next() throws CorruptionException {
      if (again) {
        again = false;
        return true;
      }
      if (next >= counts[number]) {
        return false;
      }
      FileCursor at = in;
      if (at == null || next % step == 0) {
        long position = start + Integer.toUnsignedLong(groups[firstGroup[number] + next / step]);
        at = FileCursor.over(file, position, end, "an entry of the postings offset table");
        in = at;
      }
      next++;
      at.uvarint64();
      at.skipBytes();
      length = at.length();
      value = at.position();
      at.skip(length);
      postings = at.uvarint64();
      return true;
    }

    /** Makes {@link #next} give the current value once more. */
    private void back() {
      again = true;
    }

    /** Where the postings of the current value stand. */
    long postings() {
      return postings;
    }

    /** The current value in UTF-8, in a new array. */
    byte[] bytes() {
      byte[] out = new byte[length];
      MemorySegment.copy(file.segment(), ValueLayout.JAVA_BYTE, value, out, 0, length);
      return out;
    }

    String string() {
      return new String(bytes(), StandardCharsets.UTF_8);
    }

    int compare(byte[] other) {
      return FileCursor.compare(file.segment(), value, length, other);
    }

    boolean startsWith(byte[] prefix) {
      return length >= prefix.length
          && FileCursor.compare(file.segment(), value, prefix.length, prefix) == 0;
    }
  }
}
