package io.narthex.kernel.plugin;

/**
 * What an archive may hold before it is taken for a bomb.
 *
 * @param entries files and directories
 * @param bytes sum of the expanded sizes
 * @param ratio how many times larger than the archive the expanded bytes may be
 * @param ratioFrom expanded bytes below which the ratio does not matter
 */
record ArchiveLimits(int entries, long bytes, int ratio, long ratioFrom) {
  /** Ten times what the largest bundled plugin needs. */
  static final ArchiveLimits DEFAULT = new ArchiveLimits(10_000, 512L << 20, 100, 16L << 20);
}
