package io.narthex.storage.tsdb.wal;

/** How records are packed, each by itself. */
public enum Compression {
  NONE(0),
  SNAPPY(1 << 3),
  ZSTD(1 << 4);

  /** The bit in the type byte of each fragment. */
  final int flag;

  Compression(int flag) {
    this.flag = flag;
  }
}
