package io.narthex.kernel.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadmeTest {
  /** The rows that the table of keys must have; copy what this test prints after a change. */
  private static List<String> rows() {
    List<String> rows = new ArrayList<>();
    for (Setting s : Configuration.documented(PlainSection.ofKernel(), new FakeExtensions())) {
      if (!s.path().get(0).equals("global")) {
        String flag = s.hasFlag() ? "`--" + s.flag() + "`" : "";
        String defaults = s.defaults().isEmpty() ? "" : String.join(", ", s.defaults());
        rows.add(
            "| `%s` | %s | %s | %s | %s |"
                .formatted(
                    s.key(),
                    s.type().getSimpleName().toLowerCase(java.util.Locale.ROOT)
                        + (s.list() ? " list" : ""),
                    defaults.isEmpty() ? "" : "`" + defaults + "`",
                    flag,
                    s.help()));
      }
    }
    return rows;
  }

  @Test
  void documentsEveryKeyOfTheKernel() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("README.md"));
    assertThat(rows()).isNotEmpty().allSatisfy(row -> assertThat(lines).contains(row));
  }

  @Test
  void saysWhatEveryKeyIsFor() {
    assertThat(Configuration.documented(PlainSection.ofKernel(), new FakeExtensions()))
        .filteredOn(s -> !s.path().get(0).equals("global"))
        .allSatisfy(s -> assertThat(s.help()).as(s.key()).isNotEmpty());
  }
}
