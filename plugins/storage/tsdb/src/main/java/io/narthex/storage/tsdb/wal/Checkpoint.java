package io.narthex.storage.tsdb.wal;

import io.narthex.storage.tsdb.file.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.LongPredicate;

public final class Checkpoint {
  public record Dir(int index, Path path) {}

  public static @org.jspecify.annotations.Nullable Dir last(Disk d, Path p) {
    return null;
  }

  public static void create(Disk d, Path p, int a, int b, LongPredicate keep, long t, Compression c)
      throws IOException {}

  public static void deleteBefore(Disk d, Path p, int n) throws IOException {}
}
