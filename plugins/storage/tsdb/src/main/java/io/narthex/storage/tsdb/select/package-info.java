/** Merging reads over the head and blocks. */
@org.jspecify.annotations.NullMarked
package io.narthex.storage.tsdb.select;
