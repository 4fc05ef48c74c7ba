package io.narthex.storage.tsdb.command;

import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.file.MappedFile;
import io.narthex.storage.tsdb.file.OutputFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finished chunks, waiting for the blocks of their windows of time to be written. They stand in
 * memory up to a bound; beyond it all of them move to a file, window by window, so that the bound
 * holds however many there are, and whatever the order in which they come. Adding belongs to one
 * thread; once all are added, windows may be read by several.
 *
 * <pre>
 * record   series u32 | length u32 | first time i64 | last time i64 | data
 * memory   pages of 256 KiB, no record goes across; big-endian
 * file     runs of one window's records; a window has as many runs as it was moved out times
 * </pre>
 */
final class ChunkStore implements AutoCloseable {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt FILE_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong FILE_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final int HEADER = 24;
  private static final int PAGE_BITS = 18;
  private static final int PAGE = 1 << PAGE_BITS;

  /** Longer data are not stored. */
  static final int MAX_LENGTH = PAGE - HEADER;

  private final Disk disk;
  private final Path file;
  private final long bound;
  private final List<Window> windows = new ArrayList<>();
  private final List<byte[]> pages = new ArrayList<>();
  private int page = -1;
  private int used = PAGE;
  private @Nullable OutputFile out;

  /** Where the records of one window are. */
  private static final class Window {
    long[] positions = new long[16];
    int size;
    long[] runs = new long[0];
    long spilled;
  }

  /**
   * Makes an empty store.
   *
   * @param file is made when it is needed, and deleted by {@link #close}
   * @param bound bytes in memory
   */
  ChunkStore(Disk disk, Path file, long bound) {
    this.disk = disk;
    this.file = file;
    this.bound = bound;
  }

  /** A new window's number: 0, 1, 2... */
  int newWindow() {
    windows.add(new Window());
    return windows.size() - 1;
  }

  /** Adds a chunk; the data are copied. */
  void add(int window, int series, long minTime, long maxTime, byte[] data, int length)
      throws IOException {
    int size = HEADER + length;
    if (PAGE - used < size) {
      if (page + 1 == pages.size()) {
        if ((long) pages.size() << PAGE_BITS >= bound) {
          spill();
        } else {
          pages.add(new byte[PAGE]);
        }
      }
      page++;
      used = 0;
    }
    byte[] to = pages.get(page);
    INT.set(to, used, series);
    INT.set(to, used + 4, length);
    LONG.set(to, used + 8, minTime);
    LONG.set(to, used + 16, maxTime);
    System.arraycopy(data, 0, to, used + HEADER, length);
    Window w = windows.get(window);
    if (w.size == w.positions.length) {
      w.positions = Arrays.copyOf(w.positions, 2 * w.size);
    }
    w.positions[w.size++] = (long) page << PAGE_BITS | used;
    used += size;
  }

  /** Moves everything from memory to the file. */
  private void spill() throws IOException {
    OutputFile to = out;
    if (to == null) {
      to = out = disk.create(file);
      // Also when somebody interrupts the program.
      file.toFile().deleteOnExit();
    }
    ByteBuffer buffer = ByteBuffer.allocate(4 * PAGE);
    for (Window w : windows) {
      if (w.size == 0) {
        continue;
      }
      long from = to.position() + buffer.position();
      for (int i = 0; i < w.size; i++) {
        byte[] data = pages.get((int) (w.positions[i] >>> PAGE_BITS));
        int at = (int) w.positions[i] & (PAGE - 1);
        int size = HEADER + (int) INT.get(data, at + 4);
        if (buffer.remaining() < size) {
          to.write(buffer.flip());
          buffer.clear();
        }
        buffer.put(data, at, size);
      }
      w.runs = Arrays.copyOf(w.runs, w.runs.length + 2);
      w.runs[w.runs.length - 2] = from;
      w.runs[w.runs.length - 1] = to.position() + buffer.position();
      w.spilled += w.size;
      w.size = 0;
      w.positions = new long[16];
    }
    to.write(buffer.flip());
    page = -1;
    used = PAGE;
  }

  /** Whether chunks had to be moved to the file. */
  boolean spilled() {
    return out != null;
  }

  /** The chunks of a window, in the order of series. To be closed. */
  Chunks read(int window, int[] rankOfSeries) throws IOException {
    Window w = windows.get(window);
    MappedFile map = w.runs.length == 0 ? null : disk.map(file);
    return new Chunks(this, w, map, rankOfSeries);
  }

  /** The last chunk added to a window for a series: first time, last time; null for none. */
  long @Nullable [] lastTimes(int window, int series) throws IOException {
    long[] found = null;
    try (Chunks chunks = read(window, new int[0])) {
      for (int i = 0; i < chunks.size(); i++) {
        if (chunks.series(i) == series && (found == null || chunks.maxTime(i) > found[1])) {
          found = new long[] {chunks.minTime(i), chunks.maxTime(i)};
        }
      }
    }
    return found;
  }

  @Override
  public void close() throws IOException {
    if (out != null) {
      try (OutputFile closing = out) {
        out = null;
        disk.delete(file);
      }
    }
    pages.clear();
  }

  /** The chunks of a window; for one thread. */
  static final class Chunks implements AutoCloseable {
    private final List<byte[]> pages;
    private final @Nullable MappedFile map;

    /** In memory, or -1 - place in the file. */
    private final long[] places;

    /** Rank of the series, then position in {@link #places}. */
    private final long[] order;

    private Chunks(ChunkStore store, Window window, @Nullable MappedFile map, int[] ranks) {
      this.pages = store.pages;
      this.map = map;
      int size = Math.toIntExact(window.size + window.spilled);
      places = new long[size];
      order = new long[size];
      int n = 0;
      for (int r = 0; r < window.runs.length; r += 2) {
        for (long at = window.runs[r]; at < window.runs[r + 1]; ) {
          places[n++] = -1 - at;
          at += HEADER + segment().get(FILE_INT, at + 4);
        }
      }
      System.arraycopy(window.positions, 0, places, n, window.size);
      boolean sorted = true;
      for (int i = 0; i < size; i++) {
        int series = seriesAt(places[i]);
        order[i] = (long) (series < ranks.length ? ranks[series] : 0) << 32 | i;
        sorted &= i == 0 || order[i - 1] < order[i];
      }
      if (!sorted) {
        Arrays.sort(order);
      }
      // Those of one series came in the order of time, unless the input goes back to a window.
      for (int i = 1; i < size; i++) {
        for (int k = i; k > 0 && series(k) == series(k - 1) && minTime(k) < minTime(k - 1); k--) {
          long o = order[k];
          order[k] = order[k - 1];
          order[k - 1] = o;
        }
      }
    }

    private MemorySegment segment() {
      if (map == null) {
        throw new IllegalStateException("no chunk of this window is in the file");
      }
      return map.segment();
    }

    int size() {
      return order.length;
    }

    int series(int i) {
      return seriesAt(place(i));
    }

    private long place(int i) {
      return places[(int) order[i]];
    }

    private int seriesAt(long place) {
      return place < 0
          ? segment().get(FILE_INT, -1 - place)
          : (int) INT.get(page(place), offset(place));
    }

    private byte[] page(long place) {
      return pages.get((int) (place >>> PAGE_BITS));
    }

    private static int offset(long place) {
      return (int) place & (PAGE - 1);
    }

    private int intAt(long place, int offset) {
      return place < 0
          ? segment().get(FILE_INT, -1 - place + offset)
          : (int) INT.get(page(place), offset(place) + offset);
    }

    private long longAt(long place, int offset) {
      return place < 0
          ? segment().get(FILE_LONG, -1 - place + offset)
          : (long) LONG.get(page(place), offset(place) + offset);
    }

    /** Bytes of the data of chunk {@code i}. */
    int length(int i) {
      return intAt(place(i), 4);
    }

    long minTime(int i) {
      return longAt(place(i), 8);
    }

    long maxTime(int i) {
      return longAt(place(i), 16);
    }

    /** Copies the data of chunk {@code i} to the start of {@code to}; its length. */
    int copy(int i, byte[] to) {
      long place = place(i);
      int length = length(i);
      if (place < 0) {
        MemorySegment.copy(segment(), ValueLayout.JAVA_BYTE, -1 - place + HEADER, to, 0, length);
      } else {
        System.arraycopy(page(place), offset(place) + HEADER, to, 0, length);
      }
      return length;
    }

    @Override
    public void close() {
      if (map != null) {
        map.close();
      }
    }
  }
}
