/** Sets of series, and matchers resolved to them. */
@org.jspecify.annotations.NullMarked
package io.narthex.storage.tsdb.postings;
