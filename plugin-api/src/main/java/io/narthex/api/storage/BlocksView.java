package io.narthex.api.storage;

import io.narthex.api.Api;
import java.util.List;

/**
 * The ability of a {@link Storage} to tell of which immutable blocks it consists; {@code
 * /api/v1/status/tsdb/blocks} shows it.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface BlocksView {
  /** The blocks that are loaded, in ascending order of their first time. */
  List<Block> blocks() throws StorageException;

  /**
   * A block, as its {@code meta.json} tells of it.
   *
   * @param ulid its id
   * @param minTime milliseconds, inclusive
   * @param maxTime milliseconds, exclusive
   * @param series how many it has
   * @param samples how many it has, histograms among them
   * @param chunks how many it has
   * @param floatSamples how many of the samples are floats
   * @param histogramSamples how many of the samples are histograms
   * @param tombstones deleted ranges that still take space
   * @param level how often its samples were compacted
   * @param sources ids of the blocks of level 1 that it was made of
   * @param parents the blocks that it was made of directly
   * @param deletable whether it has no samples left and will go
   * @param failed whether a compaction of it has failed
   * @param hints what a compaction said of it, such as {@code from-out-of-order}
   * @param version of its format
   * @since 0.1
   */
  record Block(
      String ulid,
      long minTime,
      long maxTime,
      long series,
      long samples,
      long chunks,
      long floatSamples,
      long histogramSamples,
      long tombstones,
      int level,
      List<String> sources,
      List<Parent> parents,
      boolean deletable,
      boolean failed,
      List<String> hints,
      int version) {
    public Block {
      sources = List.copyOf(sources);
      parents = List.copyOf(parents);
      hints = List.copyOf(hints);
    }
  }

  /**
   * A block that went into another one.
   *
   * @param ulid its id
   * @param minTime milliseconds, inclusive
   * @param maxTime milliseconds, exclusive
   * @since 0.1
   */
  record Parent(String ulid, long minTime, long maxTime) {}
}
