/** Compaction, retention and the set of open blocks. */
@org.jspecify.annotations.NullMarked
package io.narthex.storage.tsdb.compact;
