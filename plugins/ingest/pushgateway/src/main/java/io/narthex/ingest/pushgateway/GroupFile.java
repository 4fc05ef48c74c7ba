package io.narthex.ingest.pushgateway;

import io.narthex.api.format.MetricFamily.Gauge;
import io.narthex.api.format.MetricFamily.Label;
import io.narthex.api.model.LabelNames;
import io.narthex.api.wire.MalformedException;
import io.narthex.api.wire.ProtobufReader;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The file that groups are kept in, in the format of Pushgateway 1.x, so that either program goes
 * on with the file of the other: a {@link Gob} of
 *
 * <pre>
 * map[string]MetricGroup      by the group's labels, names and values joined by the byte 0xff
 * MetricGroup                 Labels map[string]string  Metrics map[string]TimestampedMetricFamily
 * TimestampedMetricFamily     Timestamp (time.Time)
 *                             GobbableMetricFamily (io.prometheus.client.MetricFamily)
 * </pre>
 *
 * where {@code push_time_seconds} and {@code push_failure_time_seconds} are families like others.
 *
 * <p>It is written beside its place, forced to the disk and then renamed: whenever the process or
 * the machine stops, either the old or the new one is there, and whole.
 */
final class GroupFile {
  private static final String IN_PROGRESS = ".in_progress";
  private static final String UNREADABLE = ".unreadable";

  /** The numbers that Go's encoder gives to the types, too. */
  private static final int GROUP = 65;

  private static final int LABELS = 66;
  private static final int FAMILY = 67;
  private static final int TIME = 68;
  private static final int MESSAGE = 69;
  private static final int METRICS = 70;
  private static final int GROUPS = 71;

  /** Seconds from the first day of the year 1, which Go counts from, to 1970. */
  private static final long YEAR_1 = 62_135_596_800L;

  /** Between the parts of a group's key; no text has it. */
  private static final byte[] SEPARATOR = {(byte) 0xff};

  private final Path path;

  GroupFile(Path path) {
    this.path = path.toAbsolutePath();
  }

  Path path() {
    return path;
  }

  /**
   * Reads the groups; none when there is no file.
   *
   * @throws IOException when it cannot be read, is of another kind, or damaged
   */
  List<Group> load() throws IOException {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
        InputStream in = new BufferedInputStream(Channels.newInputStream(file), 1 << 16)) {
      long size = file.size();
      if (size == 0) {
        throw new IOException("cannot read " + path + ": it is empty");
      }
      Gob.Reader gob = new Gob.Reader(in, size);
      try {
        List<Group> groups = groups(gob);
        if (gob.position() != size) {
          throw new IOException((size - gob.position()) + " bytes behind the groups");
        }
        return groups;
      } catch (EOFException e) {
        throw new IOException("cannot read " + path + ": it is cut off: " + e.getMessage(), e);
      } catch (IOException e) {
        throw new IOException(
            "cannot read "
                + path
                + ", want a persistence file of Pushgateway 1: "
                + e.getMessage()
                + " (at byte "
                + gob.position()
                + ")",
            e);
      }
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  private static List<Group> groups(Gob.Reader gob) throws IOException {
    Gob.Type top = gob.type(gob.value());
    Gob.Type group = gob.type(top.element());
    require(top.kind() == Gob.Kind.MAP && group.kind() == Gob.Kind.STRUCT, "no map of groups");
    require(top.key() == Gob.STRING, "groups are not found by a text, as before Pushgateway 1.0");
    List<Group> groups = new ArrayList<>();
    for (long n = gob.count(); n > 0; n--) {
      gob.bytes(); // the key: it repeats the labels
      groups.add(group(gob, group));
    }
    return groups;
  }

  private static Group group(Gob.Reader gob, Gob.Type type) throws IOException {
    SortedMap<String, String> labels = new TreeMap<>();
    SortedMap<String, Family> families = new TreeMap<>();
    for (int i = gob.field(type, -1); i >= 0; i = gob.field(type, i)) {
      Gob.Field field = type.fields().get(i);
      Gob.Type map = gob.type(field.type());
      switch (field.name()) {
        case "Labels" -> {
          require(
              map.kind() == Gob.Kind.MAP && map.key() == Gob.STRING && map.element() == Gob.STRING,
              "a group's labels are no texts");
          for (long n = gob.count(); n > 0; n--) {
            labels.put(gob.text(), gob.text());
          }
        }
        case "Metrics" -> {
          Gob.Type family = gob.type(map.element());
          require(
              map.kind() == Gob.Kind.MAP
                  && map.key() == Gob.STRING
                  && family.kind() == Gob.Kind.STRUCT,
              "a group's metrics are no map of families");
          for (long n = gob.count(); n > 0; n--) {
            String name = gob.text();
            Family read = family(gob, family);
            require(read.name().equals(name), "a family is not under its own name");
            families.put(name, read);
          }
        }
        default -> throw new IOException("a group has the unknown field " + field.name());
      }
    }
    require(labels.containsKey(LabelNames.JOB), "a group has no job");
    Instant pushed = time(families.remove(Group.PUSH_TIME));
    Instant failed = time(families.remove(Group.FAILURE_TIME));
    // Labels are what they are in the exposition; their order is left to nobody.
    Map<Label, Label> known = new HashMap<>();
    families.replaceAll((name, family) -> Group.member(family, labels, known, family.time()));
    return new Group(labels, families, pushed, failed);
  }

  private static Family family(Gob.Reader gob, Gob.Type type) throws IOException {
    Instant time = Instant.EPOCH;
    byte[] message = new byte[0];
    for (int i = gob.field(type, -1); i >= 0; i = gob.field(type, i)) {
      Gob.Field field = type.fields().get(i);
      require(
          gob.type(field.type()).kind() == Gob.Kind.SELF, "a field of a family is not of bytes");
      switch (field.name()) {
        case "Timestamp" -> time = instant(gob.bytes());
        case "GobbableMetricFamily" -> message = gob.bytes();
        default -> throw new IOException("a family has the unknown field " + field.name());
      }
    }
    ProtobufReader in = new ProtobufReader();
    in.reset(message, 0, message.length);
    try {
      return Protobuf.family(in, time);
    } catch (MalformedException e) {
      throw new IOException("a family cannot be read: " + e.getMessage(), e);
    }
  }

  private static void require(boolean good, String wrong) throws IOException {
    if (!good) {
      throw new IOException(wrong);
    }
  }

  /** When a push was: its family's value is 0 where there was none. */
  private static @Nullable Instant time(@Nullable Family family) {
    return family != null
            && family.metrics().size() == 1
            && family.metrics().getFirst().value() instanceof Gauge gauge
            && gauge.value() != 0
        ? family.time()
        : null;
  }

  /**
   * Go's binary form of a time: version, seconds since the year 1, nanoseconds, and the zone's
   * minutes, in version 2 with seconds.
   */
  private static Instant instant(byte[] bytes) throws IOException {
    require(
        (bytes.length == 15 && bytes[0] == 1) || (bytes.length == 16 && bytes[0] == 2),
        "a time that is none");
    ByteBuffer in = ByteBuffer.wrap(bytes, 1, 12);
    long seconds = in.getLong();
    int nanos = in.getInt();
    require(
        seconds >= 0 && seconds < 10_000L * 366 * 86_400 && nanos >= 0 && nanos < 1_000_000_000,
        "a time that is out of range");
    return Instant.ofEpochSecond(seconds - YEAR_1, nanos);
  }

  private static byte[] bytes(Instant time) {
    return ByteBuffer.allocate(15)
        .put((byte) 1)
        .putLong(time.getEpochSecond() + YEAR_1)
        .putInt(time.getNano())
        .putShort((short) -1) // UTC
        .array();
  }

  /**
   * Writes the groups in place of those that were there.
   *
   * @throws IOException when that fails; the file is then as it was
   */
  void save(List<Group> groups) throws IOException {
    Path temporary = path.resolveSibling(path.getFileName() + IN_PROGRESS);
    try {
      try (FileChannel file =
          FileChannel.open(
              temporary,
              Set.of(
                  StandardOpenOption.CREATE,
                  StandardOpenOption.TRUNCATE_EXISTING,
                  StandardOpenOption.WRITE),
              attributes())) {
        write(groups, file);
        file.force(true);
      }
      Files.move(
          temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
    // The new name is in the directory, which is written by itself.
    Path parent = path.getParent();
    if (parent != null) {
      try (FileChannel directory = FileChannel.open(parent, StandardOpenOption.READ)) {
        directory.force(true);
      }
    }
  }

  /** Only for the owner, as Pushgateway has it, where the system knows such a thing. */
  private FileAttribute<?>[] attributes() {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  private static void write(List<Group> groups, FileChannel file) throws IOException {
    OutputStream out = new BufferedOutputStream(Channels.newOutputStream(file), 1 << 16);
    Gob.Writer types =
        new Gob.Writer()
            .map(GROUPS, "GroupingKeyToMetricGroup", Gob.STRING, GROUP)
            .struct(
                GROUP, List.of(new Gob.Field("Labels", LABELS), new Gob.Field("Metrics", METRICS)))
            .map(LABELS, "map[string]string", Gob.STRING, Gob.STRING)
            .map(METRICS, "NameToTimestampedMetricFamilyMap", Gob.STRING, FAMILY)
            .struct(
                FAMILY,
                List.of(
                    new Gob.Field("Timestamp", TIME),
                    new Gob.Field("GobbableMetricFamily", MESSAGE)))
            .self(TIME, "Time")
            .self(MESSAGE, "");
    types.writeTo(out);
    // All groups are one message, whose length is known when it is written: room for eight bytes.
    out.write(256 - 8);
    out.write(new byte[8]);
    int start = types.size() + 9;
    Gob.Writer some = new Gob.Writer().id(GROUPS).uint(0).uint(groups.size());
    for (Group group : groups) {
      write(group, some, out);
    }
    some.writeTo(out);
    out.flush();
    ByteBuffer length = ByteBuffer.allocate(8).putLong(0, file.position() - start);
    while (length.hasRemaining()) {
      file.write(length, start - length.remaining());
    }
  }

  private static void write(Group group, Gob.Writer some, OutputStream out) throws IOException {
    key(group.labels(), some);
    some.uint(1).uint(group.labels().size());
    group.labels().forEach((name, value) -> some.text(name).text(value));
    SortedMap<String, Family> families = group.all();
    some.uint(1).uint(families.size());
    for (Map.Entry<String, Family> family : families.entrySet()) {
      some.text(family.getKey());
      some.uint(1).bytes(bytes(family.getValue().time()));
      some.uint(1).bytes(Protobuf.bytes(family.getValue())).end();
      if (some.size() > 1 << 16) {
        some.writeTo(out);
        some.reset();
      }
    }
    some.end();
  }

  /** Names and values of the labels, sorted by name. */
  private static void key(SortedMap<String, String> labels, Gob.Writer some) {
    Message key = new Message();
    boolean[] more = new boolean[1];
    labels.forEach((name, value) -> {
      if (more[0]) {
        key.raw(SEPARATOR);
      }
      more[0] = true;
      key.raw(name.getBytes(StandardCharsets.UTF_8))
          .raw(SEPARATOR)
          .raw(value.getBytes(StandardCharsets.UTF_8));
    });
    some.bytes(key.toByteArray());
  }

  /**
   * Puts a file that cannot be read out of the way, so that it is not written over; nor are those
   * that were put there before.
   *
   * @return where it is now
   */
  Path setAside() throws IOException {
    Path aside = path.resolveSibling(path.getFileName() + UNREADABLE);
    for (int n = 2; Files.exists(aside); n++) {
      aside = path.resolveSibling(path.getFileName() + UNREADABLE + "." + n);
    }
    return Files.move(path, aside);
  }
}
