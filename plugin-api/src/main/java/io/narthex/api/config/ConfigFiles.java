package io.narthex.api.config;

import io.narthex.api.Api;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads records that stand outside of the main configuration: in files beside it, as a client's
 * {@code --http.config.file} or a list of target groups, and in texts that came over the network; a
 * service of the kernel that plugins and commands have injected. Safe for any number of threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface ConfigFiles {
  /** Bytes that a text may have at most. */
  int MOST_BYTES = 64 << 20;

  /**
   * How a text is written.
   *
   * @since 0.1
   */
  enum Syntax {
    /** As the configuration itself. A text without content stands for the defaults. */
    YAML,

    /** As {@link #YAML}, but keys that nobody knows are left out: for files of other versions. */
    LENIENT_YAML,

    /**
     * JSON as Go's {@code encoding/json} reads it into a struct: keys are found whatever the case
     * of their letters, the last of equal keys counts, numbers are no strings, {@code null} is the
     * default, and nothing may follow the value. Keys that nobody knows are refused.
     */
    JSON,

    /** As {@link #JSON}, but keys that nobody knows are left out: for answers of other programs. */
    LENIENT_JSON
  }

  /**
   * Binds a text to records, as strictly as the configuration itself.
   *
   * @param name what the text is called in messages: a file as users write it, a URL without
   *     secrets
   * @param content in UTF-8; at most {@link #MOST_BYTES}
   * @param shape what it is bound to
   * @throws ConfigException with everything that is wrong, each with line and column
   */
  <C> C parse(String name, byte[] content, ConfigShape<C> shape, Syntax syntax)
      throws ConfigException;

  /**
   * As {@link #parse}, and tells where the values stand: for those who find more that is wrong and
   * want to say where.
   *
   * @throws ConfigException as {@link #parse}
   */
  default <C> Located<C> locate(String name, byte[] content, ConfigShape<C> shape, Syntax syntax)
      throws ConfigException {
    return new Located<>(parse(name, content, shape, syntax), path -> Place.NONE, List.of());
  }

  /**
   * What was bound, and where it stands.
   *
   * @param value as {@link #parse} gives it
   * @param places where values stand
   * @param warnings what is odd but no error, each with its place
   * @since 0.1
   */
  record Located<C>(C value, Places places, List<String> warnings) {
    public Located {
      warnings = List.copyOf(warnings);
    }
  }

  /**
   * Where the values of a text stand. Safe for any number of threads.
   *
   * @since 0.1
   */
  @FunctionalInterface
  interface Places {
    /**
     * Where a value begins.
     *
     * @param path keys and positions from the top, as {@code groups[0].rules[1].expr}; keys with a
     *     dot or bracket in them cannot be named
     * @return {@link Place#NONE} for what is not written in the text
     */
    Place of(String path);
  }

  /**
   * A place in a text.
   *
   * @param line from 1; 0 where there is none
   * @param column from 1; 0 where there is none
   * @since 0.1
   */
  record Place(int line, int column) {
    /** None, {@code 0:0}. */
    public static final Place NONE = new Place(0, 0);

    /** {@code line:column}. */
    @Override
    public String toString() {
      return line + ":" + column;
    }
  }

  /**
   * Reads a file and binds it.
   *
   * @param file what is read; named in messages as it is given here
   * @throws ConfigException as {@link #parse}
   * @throws IOException when it cannot be read
   */
  default <C> C read(Path file, ConfigShape<C> shape, Syntax syntax)
      throws ConfigException, IOException {
    try (InputStream in = Files.newInputStream(file)) {
      // One byte more, so that a text which is too large is seen to be.
      return parse(file.toString(), in.readNBytes(MOST_BYTES + 1), shape, syntax);
    }
  }

  /**
   * Reads a YAML file that holds one record.
   *
   * @param record a record as configuration sections have them
   * @throws ConfigException as {@link #parse}
   * @throws IOException when it cannot be read
   */
  default <R> R read(Path file, Class<R> record) throws ConfigException, IOException {
    return read(file, ConfigShape.of(record), Syntax.YAML);
  }
}
