package io.narthex.storage.tsdb.file;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Files that are arrays, to be read and deleted only. */
public final class MemoryDisk implements Disk {
  private final SortedMap<Path, byte[]> files = new TreeMap<>();

  /** A disk with one file. */
  public MemoryDisk(Path path, byte[] content) {
    files.put(path, content);
  }

  @Override
  public OutputFile create(Path path) throws IOException {
    throw new IOException("cannot write " + path);
  }

  @Override
  public OutputFile append(Path path, long position) throws IOException {
    throw new IOException("cannot write " + path);
  }

  @Override
  public MappedFile map(Path path) throws IOException {
    return new MappedFile(path, MemorySegment.ofArray(read(path)).asReadOnly(), () -> {});
  }

  @Override
  public byte[] read(Path path) throws IOException {
    byte[] content = files.get(path);
    if (content == null) {
      throw new NoSuchFileException(path.toString());
    }
    return content;
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    throw new IOException("cannot write " + to);
  }

  @Override
  public void delete(Path path) {
    files.remove(path);
  }

  @Override
  public void createDirectories(Path path) {}

  @Override
  public void link(Path existing, Path link) throws IOException {
    throw new IOException("cannot write " + link);
  }

  @Override
  public void syncDirectory(Path directory) {}

  @Override
  public List<Path> list(Path directory) {
    return files.keySet().stream().filter(p -> directory.equals(p.getParent())).toList();
  }

  @Override
  public boolean exists(Path path) {
    return files.containsKey(path);
  }

  @Override
  public boolean isDirectory(Path path) {
    return files.keySet().stream().anyMatch(p -> path.equals(p.getParent()));
  }

  @Override
  public long size(Path path) {
    byte[] content = files.get(path);
    return content == null ? 0 : content.length;
  }

  @Override
  public long totalSpace(Path path) {
    return 1L << 40;
  }
}
