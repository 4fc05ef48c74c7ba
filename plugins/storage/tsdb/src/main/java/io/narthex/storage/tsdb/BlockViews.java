package io.narthex.storage.tsdb;

import io.narthex.api.storage.BlocksView;
import io.narthex.storage.tsdb.block.Block;
import io.narthex.storage.tsdb.block.BlockMeta;
import io.narthex.storage.tsdb.block.Ulid;
import java.util.List;

/** Tells of blocks what their {@code meta.json} says. */
final class BlockViews {
  private static final int VERSION = 1;

  private BlockViews() {}

  static List<BlocksView.Block> of(List<Block> blocks) {
    return blocks.stream().map(block -> of(block.meta())).toList();
  }

  private static BlocksView.Block of(BlockMeta meta) {
    BlockMeta.Compaction c = meta.compaction();
    BlockMeta.Stats stats = meta.stats();
    return new BlocksView.Block(
        meta.ulid().toString(),
        meta.minTime(),
        meta.maxTime(),
        stats.series(),
        stats.samples(),
        stats.chunks(),
        stats.floatSamples(),
        stats.histogramSamples(),
        stats.tombstones(),
        c.level(),
        c.sources().stream().map(Ulid::toString).toList(),
        c.parents().stream()
            .map(p -> new BlocksView.Parent(p.ulid().toString(), p.minTime(), p.maxTime()))
            .toList(),
        c.deletable(),
        c.failed(),
        c.hints(),
        VERSION);
  }
}
