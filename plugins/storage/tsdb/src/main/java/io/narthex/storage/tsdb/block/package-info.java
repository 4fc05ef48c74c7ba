/** Blocks on disk: index, chunk segments, tombstones, meta.json. */
@org.jspecify.annotations.NullMarked
package io.narthex.storage.tsdb.block;
