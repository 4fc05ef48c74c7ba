package io.narthex.storage.tsdb.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndexWriterTest {
  @TempDir Path directory;

  private static final long[] TIMES = {1, 5};
  private static final long[] ENDS = {4, 9};
  private static final long[] REFERENCES = {8, 20};

  private IndexWriter writer(String... symbols) throws IOException {
    IndexWriter out = new IndexWriter(TestBlocks.DISK, directory.resolve("index"));
    out.symbols(List.of(symbols).stream().map(s -> s.getBytes(StandardCharsets.UTF_8)).iterator());
    return out;
  }

  @Test
  void batchesMakeNoDifference() throws IOException {
    long seed = System.nanoTime();
    byte[] whole = write(1 << 20, new Random(seed), directory.resolve("whole"));
    for (int batch : new int[] {1, 100, 700}) {
      assertThat(write(batch, new Random(seed), directory.resolve("batch")))
          .as("seed %s, batch %s", seed, batch)
          .isEqualTo(whole);
    }
  }

  /** Symbols 0..9 are names, 10..999 are values. */
  private static byte[] write(int batch, Random random, Path path) throws IOException {
    try (IndexWriter out = new IndexWriter(TestBlocks.DISK, path, batch)) {
      TreeSet<String> symbols = new TreeSet<>();
      for (int i = 0; i < 1000; i++) {
        symbols.add(String.format("%04d", i));
      }
      out.symbols(symbols.stream().map(s -> s.getBytes(StandardCharsets.UTF_8)).iterator());
      TreeSet<int[]> series = new TreeSet<>(java.util.Arrays::compare);
      for (int i = 0; i < 500; i++) {
        int[] labels = new int[2 * random.nextInt(6)];
        int name = 0;
        for (int j = 0; j < labels.length; j += 2) {
          labels[j] = name += 1 + random.nextInt(2);
          labels[j + 1] = 100 + (random.nextBoolean() ? random.nextInt(900) : random.nextInt(5));
        }
        series.add(labels);
      }
      long[] reference = {8};
      for (int[] labels : series) {
        out.series(labels, labels.length / 2, 1, TIMES, ENDS, reference);
        reference[0] += 100;
      }
      assertThat(out.seriesCount()).isEqualTo(series.size());
      assertThat(out.finish()).isEqualTo(Files.size(path));
    }
    return Files.readAllBytes(path);
  }

  @Test
  void anEmptyIndexIsOne() throws IOException {
    try (IndexWriter out = new IndexWriter(TestBlocks.DISK, directory.resolve("index"))) {
      out.finish();
    }
    try (IndexReader in = IndexReader.open(TestBlocks.DISK, directory.resolve("index"))) {
      assertThat(in.all().isEmpty()).isTrue();
      assertThat(in.seriesCount()).isZero();
      assertThat(in.labelNames()).isEmpty();
    }
  }

  @Test
  void theOrderIsChecked() throws IOException {
    assertThatThrownBy(() -> writer("b", "a")).hasMessage("cannot write symbols: a comes after b");
    assertThatThrownBy(() -> writer("a", "a")).isInstanceOf(IllegalArgumentException.class);
    try (IndexWriter out = writer("a", "b", "c")) {
      assertThatThrownBy(() -> out.series(new int[] {0, 3}, 1, 1, TIMES, ENDS, REFERENCES))
          .hasMessage("cannot write a series: got symbol 3 of 3");
      assertThatThrownBy(() -> out.series(new int[] {1, 1, 0, 1}, 2, 1, TIMES, ENDS, REFERENCES))
          .hasMessage("cannot write a series: its labels are out of order");
      out.series(new int[] {0, 1}, 1, 2, TIMES, ENDS, REFERENCES);
      assertThatThrownBy(() -> out.series(new int[] {0, 1}, 1, 0, TIMES, ENDS, REFERENCES))
          .hasMessage("cannot write a series: it does not come after the one before");
      assertThatThrownBy(() -> out.series(new int[] {0, 2}, 1, 1, TIMES, ENDS, REFERENCES))
          .hasMessage("cannot write a series: its chunks are out of order");
      assertThatThrownBy(() -> out.series(new int[] {1, 1}, 1, 1, ENDS, TIMES, new long[] {30}))
          .hasMessage("cannot write a series: its chunk 0 has the times 4 to 1");
      assertThatThrownBy(() ->
              out.series(new int[] {1, 2}, 1, 2, TIMES, new long[] {5, 9}, new long[] {40, 50}))
          .hasMessage("cannot write a series: its chunk 1 has the times 5 to 9 after 5");
    }
  }

  /** The format's description, byte by byte. */
  @Test
  void aSmallIndexIsWhatTheDescriptionSays() throws IOException {
    try (IndexWriter out = writer("a", "x")) {
      out.series(new int[] {0, 1}, 1, 2, TIMES, ENDS, REFERENCES);
      out.finish();
    }
    byte[] bytes = Files.readAllBytes(directory.resolve("index"));
    assertThat(java.util.HexFormat.of().formatHex(bytes, 0, 64))
        .isEqualTo(
            "baaad70002" // magic, version
                + "00000008" // length of symbols
                + "00000002" // how many
                + "0161"
                + "0178" // a, x
                + symbolSum(bytes)
                + "0000000000000000000000" // up to a multiple of 16
                + "0a" // length of the series
                + "01"
                + "0001" // one label
                + "02" // two chunks
                + "02"
                + "03"
                + "08" // 1, +3, 8
                + "01"
                + "04"
                + "18" // +1, +4, +12
                + seriesSum(bytes)
                + "00" // up to a multiple of 4
                + "00000008" // length of the postings of all series
                + "00000001"
                + "00000002"
                + postingsSum(bytes));
  }

  private static String sum(byte[] bytes, int from, int to) {
    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
    crc.update(bytes, from, to - from);
    return String.format("%08x", crc.getValue());
  }

  private static String symbolSum(byte[] bytes) {
    return sum(bytes, 9, 17);
  }

  private static String seriesSum(byte[] bytes) {
    return sum(bytes, 33, 43);
  }

  private static String postingsSum(byte[] bytes) {
    return sum(bytes, 52, 60);
  }
}
