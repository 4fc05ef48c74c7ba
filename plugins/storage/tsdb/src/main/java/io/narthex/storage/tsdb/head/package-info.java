/** The head: recent series and samples in memory. */
@org.jspecify.annotations.NullMarked
package io.narthex.storage.tsdb.head;
