/** The time series database: Prometheus's data directory, read and written. */
@org.jspecify.annotations.NullMarked
package io.narthex.storage.tsdb;
