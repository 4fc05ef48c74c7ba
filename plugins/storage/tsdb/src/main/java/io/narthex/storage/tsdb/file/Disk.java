package io.narthex.storage.tsdb.file;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * All file access of the database. There is one real implementation, {@link RealDisk}; tests put
 * failing ones in its place. Safe for any number of threads.
 */
public interface Disk {
  /** Creates a file, or empties an existing one, for writing from its start. */
  OutputFile create(Path path) throws IOException;

  /** Opens an existing file for writing from {@code position}; what stands behind it is cut off. */
  OutputFile append(Path path, long position) throws IOException;

  /** Maps the whole of an existing file for reading; a file of 0 bytes gives an empty segment. */
  MappedFile map(Path path) throws IOException;

  /** The whole content of a small file. */
  byte[] read(Path path) throws IOException;

  /** Renames; an existing file at {@code to} is replaced atomically. */
  void move(Path from, Path to) throws IOException;

  /** Deletes a file, or a folder with all in it. Does nothing when it is not there. */
  void delete(Path path) throws IOException;

  /** Makes a folder with all its parents. */
  void createDirectories(Path path) throws IOException;

  /** Makes a hard link at {@code link}; where the file system knows none, a copy. */
  void link(Path existing, Path link) throws IOException;

  /** Makes the names in a folder durable. */
  void syncDirectory(Path directory) throws IOException;

  /** What a folder has in it, in the order of names; empty when it does not exist. */
  List<Path> list(Path directory) throws IOException;

  boolean exists(Path path);

  boolean isDirectory(Path path);

  /** Bytes of a file, or of all files below a folder; 0 when it is not there. */
  long size(Path path) throws IOException;

  /** Bytes of the file system that holds {@code path}. */
  long totalSpace(Path path) throws IOException;
}
