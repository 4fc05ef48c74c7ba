package io.narthex.kernel.config;

import io.narthex.api.config.ConfigShape;
import io.narthex.api.plugin.Extensions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Reads a YAML file that holds one record, as strictly as the configuration itself. */
public final class RecordFile {
  private RecordFile() {}

  /**
   * Reads one. An empty file gives the defaults.
   *
   * @param file what is read; its name is that of messages
   * @param record what it is bound to
   * @throws ConfigProblems with everything that is wrong, each with line and column
   * @throws IOException when it cannot be read
   */
  public static <R> R read(Path file, Class<R> record) throws ConfigProblems, IOException {
    Findings findings = new Findings();
    Node node =
        Yaml.read(file.toString(), Files.readAllBytes(file), Yaml.Limits.STANDARD, findings);
    Object bound =
        new Binder(NONE, findings, Set.of(), false)
            .bind(ConfigShape.of(record), Node.isNull(node) ? null : node, "", node.mark());
    findings.throwIfAny();
    if (bound == null) {
      throw new ConfigProblems(node.mark(), "cannot be read");
    }
    return record.cast(bound);
  }

  private static final Extensions NONE =
      new Extensions() {
        @Override
        public <T> List<T> all(Class<T> type) {
          return List.of();
        }

        @Override
        public AutoCloseable onChange(Runnable listener) {
          return () -> {};
        }
      };
}
