package io.narthex.ingest.pushgateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.format.MetricFamily.Bucket;
import io.narthex.api.format.MetricFamily.Histogram;
import io.narthex.api.format.MetricFamily.Label;
import io.narthex.api.format.MetricFamily.Quantile;
import io.narthex.api.format.MetricFamily.Summary;
import io.narthex.api.format.MetricFamily.Untyped;
import io.narthex.api.format.MetricFamily.Value;
import io.narthex.api.model.MetricType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GroupFileTest {
  @TempDir Path directory;

  private static Family family(String name, MetricType type, Value value) {
    return new Family(
        name,
        "what",
        type,
        List.of(
            new Pushed(
                List.of(
                    new Label("instance", ""),
                    new Label("job", "a"),
                    new Label("l", ""),
                    new Label("x", "ä")),
                value,
                null,
                false)),
        Instant.ofEpochSecond(5, 7));
  }

  private static Group group(Family... families) {
    TreeMap<String, Family> all = new TreeMap<>();
    for (Family family : families) {
      all.put(family.name(), family);
    }
    return new Group(
        new TreeMap<>(java.util.Map.of("job", "a", "l", "")),
        all,
        Instant.ofEpochSecond(9, 1),
        null);
  }

  private static List<Group> some() {
    return List.of(
        group(
            family("u", MetricType.UNKNOWN, new Untyped(Double.NaN)),
            family("s", MetricType.SUMMARY, new Summary(3, 1.5, List.of(new Quantile(0.5, 2)))),
            family(
                "h",
                MetricType.HISTOGRAM,
                new Histogram(2.5, -1, List.of(new Bucket(Double.POSITIVE_INFINITY, 2.5))))),
        new Group(
            new TreeMap<>(java.util.Map.of("job", "b")),
            new TreeMap<>(),
            null,
            Instant.ofEpochSecond(11)));
  }

  private static String text(List<Group> groups) {
    return groups.stream()
        .map(g ->
            g.labels()
                + " "
                + g.pushed()
                + " "
                + g.failed()
                + " "
                + g.families().values().stream()
                    .map(f ->
                        f.name()
                            + f.help()
                            + f.type()
                            + f.time()
                            + f.metrics().get(0).labels()
                            + f.metrics().get(0).value())
                    .toList())
        .toList()
        .toString();
  }

  @Test
  void readsWhatItWrote() throws IOException {
    GroupFile file = new GroupFile(directory.resolve("f"));
    assertThat(file.load()).isEmpty();

    file.save(some());
    file.save(some());

    assertThat(text(file.load())).isEqualTo(text(some()));
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(directory.resolve("f"));
    }
  }

  /** Pushgateway 1.5.1 wrote it, from pushes of text and of messages; one group has failed only. */
  private static byte[] golden() throws IOException {
    try (InputStream in = GroupFileTest.class.getResourceAsStream("pushgateway-1.5.1.gob")) {
      return Objects.requireNonNull(in).readAllBytes();
    }
  }

  private static List<String> lines(List<Group> groups) throws IOException {
    GroupStore store = new GroupStore(Clock.systemUTC(), () -> {});
    store.restore(groups);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Exposition.write(store.families(), new TreeMap<>(), Exposition.Form.TEXT, out);
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void goesOnWithTheFileOfPushgateway() throws IOException {
    Path path = directory.resolve("f");
    Files.write(path, golden());
    GroupFile file = new GroupFile(path);

    List<Group> groups = file.load();

    // What Pushgateway itself served.
    assertThat(lines(groups))
        .contains(
            "# HELP c Help c with \"q\" and \\\\ back.",
            "# TYPE c counter",
            "c{instance=\"\",job=\"texts\",x=\"2\"} 1e+300",
            "c{instance=\"\",job=\"texts\",u=\"ä\\n\\\"\\\\\",x=\"1\"} 3",
            "g{instance=\"\",job=\"texts\"} -Inf",
            "h_bucket{instance=\"\",job=\"texts\",le=\"0.1\"} 1",
            "h_sum{instance=\"\",job=\"texts\"} 7.25",
            "h_count{instance=\"\",job=\"texts\"} 5",
            "nat_bucket{empty=\"\",instance=\"\",job=\"messages\",l=\"v\",zone=\"ä/b\",le=\"1\"} 3",
            "push_failure_time_seconds{instance=\"\",job=\"failed\"} 1.795262664674539e+09",
            "push_failure_time_seconds{instance=\"\",job=\"texts\"} 1.7952626647012458e+09",
            "push_failure_time_seconds{empty=\"\",instance=\"\",job=\"messages\",zone=\"ä/b\"} 0",
            "push_time_seconds{instance=\"\",job=\"failed\"} 0",
            "push_time_seconds{instance=\"\",job=\"texts\"} 1.795262664593856e+09",
            "req_total{empty=\"\",instance=\"\",job=\"messages\",zone=\"ä/b\"} 5",
            "s{instance=\"\",job=\"texts\",quantile=\"0.9\"} NaN",
            "u{instance=\"\",job=\"texts\"} 0");
    file.save(groups);
    assertThat(lines(file.load())).isEqualTo(lines(groups));
    // The native histogram and the exemplars, byte by byte.
    byte[] written = Files.readAllBytes(path);
    assertThat(written)
        .containsSequence(
            HexFormat.of()
                .parseHex(
                    "3a5008071100000000000023401a2c080311000000000000f03f1a1f0a0c0a0574726163651203"
                        + "61626311666666666666e63f1a060880e2cfaa06280631fca9f1d24d62503f38016204080410"
                        + "02680868"));
    assertThat(Files.getPosixFilePermissions(path)).hasSize(2);
  }

  /**
   * Go's decoder finds fields by their names: the definitions are those that Go's encoder wrote.
   */
  @Test
  void definesItsTypesAsPushgatewayDoes() throws IOException {
    Path path = directory.resolve("f");
    new GroupFile(path).save(List.of());
    byte[] written = Files.readAllBytes(path);
    int definitions = 0;
    int at = 0;
    // All but the last two: the message's type, which has another number inside in Go's, and the
    // value.
    for (; definitions < 6; definitions++) {
      int length = written[at] + 1;
      assertThat(golden()).containsSequence(Arrays.copyOfRange(written, at, at + length));
      at += length;
    }
    assertThat(Arrays.copyOfRange(written, at, written.length))
        .isEqualTo(
            HexFormat.of()
                .parseHex("0aff890501" + "02ff8a000000" + "f80000000000000004" + "ff8e0000"));
  }

  @Test
  void refusesAFileThatIsCutOffAnywhere() throws IOException {
    Path path = directory.resolve("f");
    GroupFile file = new GroupFile(path);
    byte[] whole = golden();

    for (int i = 0; i < whole.length; i++) {
      Files.write(path, Arrays.copyOf(whole, i));
      assertThatThrownBy(file::load).as("cut at %d", i).isInstanceOf(IOException.class);
      assertThat(path).as("cut at %d", i).hasSize(i);
    }
  }

  /** There is no checksum: other values pass, but nothing else than an error may come of it. */
  @Test
  void readsOrRefusesWhateverStandsInTheFile() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Path path = directory.resolve("f");
    GroupFile file = new GroupFile(path);
    byte[] whole = golden();
    int refused = 0;
    for (int i = 0; i < 4000; i++) {
      byte[] other = whole.clone();
      for (int n = random.nextInt(3); n >= 0; n--) {
        other[random.nextInt(other.length)] = (byte) random.nextInt(256);
      }
      Files.write(path, other);
      try {
        file.load();
      } catch (IOException e) {
        assertThat(e).hasMessageStartingWith("cannot read " + path);
        refused++;
      } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
        throw new AssertionError("seed " + seed + ", file " + i, e);
      }
    }
    assertThat(refused).as("seed %d", seed).isPositive();
  }

  private static Gob.Writer types(int key) {
    return new Gob.Writer()
        .map(71, "GroupingKeyToMetricGroup", key, 65)
        .struct(65, List.of(new Gob.Field("Labels", 66)))
        .map(66, "map[string]string", Gob.STRING, Gob.STRING);
  }

  private static byte[] file(Gob.Writer types, String value) {
    return types.bytes(HexFormat.of().parseHex(value)).toByteArray();
  }

  static Stream<Arguments> filesOfOtherKinds() {
    String none = "want a persistence file of Pushgateway 1: ";
    return Stream.of(
        Arguments.of(new byte[0], "it is empty"),
        Arguments.of("# TYPE x counter\n".getBytes(StandardCharsets.UTF_8), none),
        Arguments.of(new byte[] {0, 0, 0}, none + "a message of 0 bytes where 2 are left"),
        Arguments.of(
            HexFormat.of().parseHex("f8ffffffffffffffff00"),
            none + "a message of 18446744073709551615 bytes where 1 are left"),
        Arguments.of(HexFormat.of().parseHex("f7010101010101010101"), none + "a number of more"),
        Arguments.of(HexFormat.of().parseHex("030c0361"), none + "no map of groups"),
        Arguments.of(file(types(3), "ff8e000100"), none + "groups are not found by a text"),
        Arguments.of(file(types(6), "ff8e00f8ffffffffffffffff"), none + "18446744073709551615"),
        Arguments.of(file(types(6), "ff8e000100f87fffffffffffffff"), none + "a field without"),
        Arguments.of(file(types(6), "ff8e00010001fe7fff"), none + "32767 entries where 0 bytes"),
        Arguments.of(file(types(6), "ff8e0001000101fc7fffffff"), none + "2147483647 bytes where 0"),
        Arguments.of(
            file(types(6), "ff8e0001000100 00".replace(" ", "")), none + "a group has no job"),
        Arguments.of(file(types(6), "ff8e000000"), none + "1 bytes behind the groups"),
        Arguments.of(
            file(
                new Gob.Writer()
                    .map(71, "M", Gob.STRING, 65)
                    .struct(65, List.of(new Gob.Field("Later", 2))),
                "ff8e0001000102"),
            none + "a group has the unknown field Later"),
        Arguments.of(
            types(6).raw(types(6).toByteArray()).toByteArray(), none + "type 71 is defined twice"));
  }

  @ParameterizedTest
  @MethodSource("filesOfOtherKinds")
  void saysWhatIsWrongWithOtherFiles(byte[] content, String message) throws IOException {
    Path path = directory.resolve("f");
    Files.write(path, content);

    assertThatThrownBy(() -> new GroupFile(path).load())
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot read " + path)
        .hasMessageContaining(message);
    assertThat(path).hasBinaryContent(content);
  }

  /** As many types as fit in a file are refused before they fill the memory. */
  @Test
  void refusesFilesOfTypesAlone() throws IOException {
    Gob.Writer types = new Gob.Writer();
    for (int i = 0; i < 2_000; i++) {
      types.self(65 + i, "t");
    }
    Path path = directory.resolve("f");
    Files.write(path, types.toByteArray());

    assertThatThrownBy(() -> new GroupFile(path).load()).hasMessageContaining("than 1000 types");
  }

  @Test
  void staysWholeWhenWritingEndsEarly() throws IOException {
    Path path = directory.resolve("f");
    GroupFile file = new GroupFile(path);
    file.save(some());
    // What a process that was killed leaves behind.
    Files.write(directory.resolve("f.in_progress"), Arrays.copyOf(Files.readAllBytes(path), 200));

    assertThat(text(file.load())).isEqualTo(text(some()));
    file.save(List.of());
    assertThat(file.load()).isEmpty();
  }

  @Test
  void leavesTheFileWhenItCannotWrite() throws IOException {
    GroupFile file = new GroupFile(directory.resolve("missing/f"));

    assertThatThrownBy(() -> file.save(some())).isInstanceOf(IOException.class);
  }
}
