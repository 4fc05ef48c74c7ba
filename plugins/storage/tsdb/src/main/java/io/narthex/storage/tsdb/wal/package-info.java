/** The write-ahead logs, checkpoints, and head-chunk files. */
@org.jspecify.annotations.NullMarked
package io.narthex.storage.tsdb.wal;
