package io.narthex.storage.tsdb.block;

import io.narthex.storage.tsdb.file.CorruptionException;
import org.jspecify.annotations.Nullable;

/**
 * Strings of a symbol table that were asked for lately, so that the series of a query share them. A
 * symbol has one place and drives out who was there, so memory is bounded. Safe for several
 * threads: entries are immutable, and one that is lost to a race is made again.
 */
final class SymbolCache {
  private record Entry(int reference, String text) {}

  private final Symbols symbols;
  private final boolean shared;
  private final @Nullable Entry[] entries;
  private final int shift;

  /**
   * Makes an empty cache.
   *
   * @param bits logarithm of the number of places
   * @param shared whether strings are shared with all other blocks: for label names, which are few
   */
  SymbolCache(Symbols symbols, int bits, boolean shared) {
    this.symbols = symbols;
    this.shared = shared;
    this.entries = new @Nullable Entry[1 << bits];
    this.shift = 32 - bits;
  }

  String get(int reference) throws CorruptionException {
    int place = (reference * 0x9E3779B9) >>> shift;
    Entry entry = entries[place];
    if (entry == null || entry.reference != reference) {
      String text = symbols.string(reference);
      entry = new Entry(reference, shared ? text.intern() : text);
      entries[place] = entry;
    }
    return entry.text;
  }
}
