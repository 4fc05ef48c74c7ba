/** Files as the database uses them, so that tests can make them fail. */
@org.jspecify.annotations.NullMarked
package io.narthex.storage.tsdb.file;
