/** Chunk encodings: XOR, histograms, and those with start timestamps. */
@org.jspecify.annotations.NullMarked
package io.narthex.storage.tsdb.chunk;
