package io.narthex.storage.tsdb.command;

import io.narthex.storage.tsdb.block.BlockMeta;
import java.util.ArrayList;
import java.util.List;

/** Blocks, a line for each, as {@code tsdb list} and {@code create-blocks-from} print them. */
final class BlockTable {
  private static final List<String> HEADER =
      List.of(
          "BLOCK ULID",
          "MIN TIME",
          "MAX TIME",
          "DURATION",
          "NUM SAMPLES",
          "NUM CHUNKS",
          "NUM SERIES",
          "SIZE");

  private final List<List<String>> rows = new ArrayList<>();
  private final boolean humanReadable;

  BlockTable(boolean header, boolean humanReadable) {
    this.humanReadable = humanReadable;
    if (header) {
      rows.add(HEADER);
    }
  }

  BlockTable add(BlockMeta meta, long size) {
    rows.add(
        List.of(
            meta.ulid().toString(),
            GoText.time(meta.minTime(), humanReadable),
            GoText.time(meta.maxTime(), humanReadable),
            GoText.duration(meta.maxTime() - meta.minTime()),
            Long.toString(meta.stats().samples()),
            Long.toString(meta.stats().chunks()),
            Long.toString(meta.stats().series()),
            GoText.size(size, humanReadable)));
    return this;
  }

  @Override
  public String toString() {
    return GoText.table(rows);
  }
}
