package io.narthex.storage.tsdb.block;

import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code meta.json} says of a block. Keys that are not known here, those of Thanos for one,
 * are kept and written again.
 *
 * @param ulid the block's identity, also the name of its folder
 * @param minTime first millisecond, inclusive
 * @param maxTime behind the last millisecond, exclusive
 * @param other the file as it was read, for keys that are not known; null for a new block
 */
public record BlockMeta(
    Ulid ulid,
    long minTime,
    long maxTime,
    Stats stats,
    Compaction compaction,
    @Nullable ObjectNode other) {
  public static final String FILE_NAME = "meta.json";

  /** A hint: the block holds samples that came out of order. */
  public static final String HINT_OUT_OF_ORDER = "from-out-of-order";

  /** A hint: the block holds series that had become stale. */
  public static final String HINT_STALE_SERIES = "from-stale-series";

  private static final int VERSION = 1;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** How many there are of each; 0 where it is not known, as in files of old versions. */
  public record Stats(
      long samples,
      long floatSamples,
      long histogramSamples,
      long series,
      long chunks,
      long tombstones) {
    public static final Stats NONE = new Stats(0, 0, 0, 0, 0, 0);

    Stats withTombstones(long count) {
      return new Stats(samples, floatSamples, histogramSamples, series, chunks, count);
    }
  }

  /** A block that another was made from. */
  public record Parent(Ulid ulid, long minTime, long maxTime) {}

  /**
   * How the block came about.
   *
   * @param level how many compactions its samples have gone through
   * @param sources the blocks cut from the head that went into it
   * @param deletable made without samples, to be deleted
   * @param parents the blocks it was made from directly
   * @param failed a compaction of it has failed, it is not to be tried again
   * @param hints {@link #HINT_OUT_OF_ORDER} and the like
   */
  public record Compaction(
      int level,
      List<Ulid> sources,
      boolean deletable,
      List<Parent> parents,
      boolean failed,
      List<String> hints) {
    public Compaction {
      sources = List.copyOf(sources);
      parents = List.copyOf(parents);
      hints = List.copyOf(hints);
    }

    /** Of a block cut from the head. */
    public static Compaction first(Ulid ulid, String... hints) {
      return new Compaction(1, List.of(ulid), false, List.of(), false, List.of(hints));
    }

    public boolean outOfOrder() {
      return hints.contains(HINT_OUT_OF_ORDER);
    }

    public boolean staleSeries() {
      return hints.contains(HINT_STALE_SERIES);
    }
  }

  /** The meta of a new block. */
  public static BlockMeta of(Ulid ulid, long minTime, long maxTime, Compaction compaction) {
    return new BlockMeta(ulid, minTime, maxTime, Stats.NONE, compaction, null);
  }

  public BlockMeta withStats(Stats newStats) {
    return new BlockMeta(ulid, minTime, maxTime, newStats, compaction, other);
  }

  public BlockMeta withCompaction(Compaction newCompaction) {
    return new BlockMeta(ulid, minTime, maxTime, stats, newCompaction, other);
  }

  /** This block as a parent of another. */
  public Parent asParent() {
    return new Parent(ulid, minTime, maxTime);
  }

  /** Whether the range of time, both ends inclusive, has something in common with the block's. */
  public boolean overlaps(long from, long to) {
    return minTime <= to && from < maxTime;
  }

  /**
   * Reads the file of a block.
   *
   * @throws CorruptionException when it is not what it should be
   * @throws IOException when it is missing, or cannot be read
   */
  public static BlockMeta read(Disk disk, Path directory) throws IOException {
    Path path = directory.resolve(FILE_NAME);
    return parse(path, disk.read(path), VERSION);
  }

  static BlockMeta parse(Path path, byte[] content, int wantVersion) throws CorruptionException {
    JsonNode tree;
    try {
      tree = JSON.readTree(content);
    } catch (JacksonException e) {
      long offset = e.getLocation() == null ? -1 : e.getLocation().getByteOffset();
      throw new CorruptionException(path, offset, e.getOriginalMessage());
    }
    if (!(tree instanceof ObjectNode root)) {
      throw new CorruptionException(path, 0, "got no JSON object");
    }
    Reader in = new Reader(path);
    long version = in.number(root, "version");
    if (version != wantVersion) {
      throw new CorruptionException(
          path, -1, "got meta file version " + version + ", want " + wantVersion);
    }
    JsonNode stats = root.path("stats");
    JsonNode compaction = root.path("compaction");
    List<Ulid> sources = new ArrayList<>();
    for (JsonNode source : in.list(compaction, "sources")) {
      sources.add(in.ulid(source));
    }
    List<Parent> parents = new ArrayList<>();
    for (JsonNode p : in.list(compaction, "parents")) {
      parents.add(
          new Parent(in.ulid(p.path("ulid")), in.number(p, "minTime"), in.number(p, "maxTime")));
    }
    List<String> hints = new ArrayList<>();
    for (JsonNode hint : in.list(compaction, "hints")) {
      hints.add(in.text(hint));
    }
    return new BlockMeta(
        in.ulid(root.path("ulid")),
        in.number(root, "minTime"),
        in.number(root, "maxTime"),
        new Stats(
            in.number(stats, "numSamples"),
            in.number(stats, "numFloatSamples"),
            in.number(stats, "numHistogramSamples"),
            in.number(stats, "numSeries"),
            in.number(stats, "numChunks"),
            in.number(stats, "numTombstones")),
        new Compaction(
            (int) in.number(compaction, "level"),
            sources,
            in.flag(compaction, "deletable"),
            parents,
            in.flag(compaction, "failed"),
            hints),
        root);
  }

  /** Takes values from the tree; one that is absent is 0, false or empty. */
  private record Reader(Path path) {
    private CorruptionException wrong(String key, JsonNode got, String want) {
      String text = got.toString();
      return new CorruptionException(
          path,
          -1,
          "key "
              + key
              + ": got "
              + (text.length() > 40 ? text.substring(0, 40) + "..." : text)
              + ", want "
              + want);
    }

    long number(JsonNode in, String key) throws CorruptionException {
      JsonNode value = in.path(key);
      if (value.isMissingNode() || value.isNull()) {
        return 0;
      }
      if (!value.isIntegralNumber() || !value.canConvertToLong()) {
        throw wrong(key, value, "an integer of 64 bits");
      }
      return value.longValue();
    }

    boolean flag(JsonNode in, String key) throws CorruptionException {
      JsonNode value = in.path(key);
      if (value.isMissingNode() || value.isNull()) {
        return false;
      }
      if (!value.isBoolean()) {
        throw wrong(key, value, "true or false");
      }
      return value.booleanValue();
    }

    List<JsonNode> list(JsonNode in, String key) throws CorruptionException {
      JsonNode value = in.path(key);
      if (value.isMissingNode() || value.isNull()) {
        return List.of();
      }
      if (!value.isArray()) {
        throw wrong(key, value, "a list");
      }
      List<JsonNode> out = new ArrayList<>();
      value.forEach(out::add);
      return out;
    }

    String text(JsonNode value) throws CorruptionException {
      if (!value.isString()) {
        throw wrong("hints", value, "text");
      }
      return value.stringValue();
    }

    Ulid ulid(JsonNode value) throws CorruptionException {
      Ulid ulid = value.isString() ? Ulid.parse(value.stringValue()) : null;
      if (ulid == null) {
        throw wrong("ulid", value, "26 digits of base 32");
      }
      return ulid;
    }
  }

  /** The content of the file, laid out as upstream does. */
  public byte[] toJson() {
    JsonNodeFactory make = JsonNodeFactory.instance;
    ObjectNode root = make.objectNode();
    root.put("ulid", ulid.toString());
    root.put("minTime", minTime);
    root.put("maxTime", maxTime);
    ObjectNode s = root.putObject("stats");
    putUnlessZero(s, "numSamples", stats.samples);
    putUnlessZero(s, "numFloatSamples", stats.floatSamples);
    putUnlessZero(s, "numHistogramSamples", stats.histogramSamples);
    putUnlessZero(s, "numSeries", stats.series);
    putUnlessZero(s, "numChunks", stats.chunks);
    putUnlessZero(s, "numTombstones", stats.tombstones);
    ObjectNode c = root.putObject("compaction");
    c.put("level", compaction.level);
    if (!compaction.sources.isEmpty()) {
      ArrayNode sources = c.putArray("sources");
      compaction.sources.forEach(u -> sources.add(u.toString()));
    }
    if (compaction.deletable) {
      c.put("deletable", true);
    }
    if (!compaction.parents.isEmpty()) {
      ArrayNode parents = c.putArray("parents");
      for (Parent p : compaction.parents) {
        parents
            .addObject()
            .put("ulid", p.ulid.toString())
            .put("minTime", p.minTime)
            .put("maxTime", p.maxTime);
      }
    }
    if (compaction.failed) {
      c.put("failed", true);
    }
    if (!compaction.hints.isEmpty()) {
      ArrayNode hints = c.putArray("hints");
      compaction.hints.forEach(hints::add);
    }
    root.put("version", VERSION);
    if (other != null) {
      addUnknown(other, root, KEYS);
      addUnknown(other.path("stats"), s, STATS_KEYS);
      addUnknown(other.path("compaction"), c, COMPACTION_KEYS);
    }
    DefaultIndenter indenter = new DefaultIndenter("\t", "\n");
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter(
                Separators.createDefaultInstance()
                    .withObjectNameValueSpacing(Separators.Spacing.AFTER)
                    .withArrayEmptySeparator("")
                    .withObjectEmptySeparator(""))
            .withArrayIndenter(indenter)
            .withObjectIndenter(indenter);
    return JSON.writer().with(printer).writeValueAsBytes(root);
  }

  private static final List<String> KEYS =
      List.of("ulid", "minTime", "maxTime", "stats", "compaction", "version");
  private static final List<String> STATS_KEYS =
      List.of(
          "numSamples",
          "numFloatSamples",
          "numHistogramSamples",
          "numSeries",
          "numChunks",
          "numTombstones");
  private static final List<String> COMPACTION_KEYS =
      List.of("level", "sources", "deletable", "parents", "failed", "hints");

  private static void putUnlessZero(ObjectNode to, String key, long value) {
    if (value != 0) {
      to.put(key, value);
    }
  }

  private static void addUnknown(JsonNode from, ObjectNode to, List<String> known) {
    for (Map.Entry<String, JsonNode> e : from.properties()) {
      if (!known.contains(e.getKey())) {
        to.set(e.getKey(), e.getValue());
      }
    }
  }

  /** Writes the file of a block anew, durably: a reader sees the old one or the new one. */
  public void write(Disk disk, Path directory) throws IOException {
    Tombstones.replace(disk, directory.resolve(FILE_NAME), toJson());
  }
}
