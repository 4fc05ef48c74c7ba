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
  private final String what;

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
    this.what = what;
  }

  /**
   * The same error in a file, where the bytes that were decoded begin at {@code start}. One that
   * has a file already stays as it is.
   */
  public CorruptionException in(Path where, long start) {
    if (file != null) {
      return this;
    }
    CorruptionException out =
        new CorruptionException(where, offset < 0 ? start : start + offset, what);
    out.setStackTrace(getStackTrace());
    return out;
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
