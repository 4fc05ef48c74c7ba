/** The commands of promtool tsdb. */
@org.jspecify.annotations.NullMarked
package io.narthex.storage.tsdb.command;
