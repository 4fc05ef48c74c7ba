package io.narthex.storage.tsdb.file;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What stands in a file is not what the format allows. Decoders throw nothing else, whatever the
 * bytes.
 */
public final class CorruptionException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient @Nullable Path file;
  private final long offset;

  /**
   * Makes the error.
   *
   * @param file where; null while it is not known, see {@link #in}
   * @param offset byte position in the file (or in the bytes that were decoded); -1 when unknown
   * @param what what is wrong: {@code got X, want Y}
   */
  public CorruptionException(@Nullable Path file, long offset, String what) {
    super(text(file, offset, what));
    this.file = file;
    this.offset = offset;
  }

  private static String text(@Nullable Path file, long offset, String what) {
    return "corruption in "
        + (file == null ? "memory" : file)
        + (offset < 0 ? "" : " at offset " + offset)
        + ": "
        + what;
  }

  /** The file, if known. */
  public @Nullable Path file() {
    return file;
  }

  /** Byte position, -1 when unknown. */
  public long offset() {
    return offset;
  }
}
