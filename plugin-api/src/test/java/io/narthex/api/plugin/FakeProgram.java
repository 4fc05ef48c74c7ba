package io.narthex.api.plugin;

import java.nio.file.Path;
import java.time.Instant;

/** A program as a test wants it. */
public record FakeProgram(
    String name,
    String role,
    String title,
    String version,
    String standsInFor,
    String revision,
    Instant startedAt,
    Path home)
    implements Program {
  /** Narthex 0.1.0 of revision {@code abc} in the place of Prometheus 3.14.0, started in 1970. */
  public static FakeProgram prometheus() {
    return of("narthex", "prometheus", "Prometheus Server", "3.14.0");
  }

  /** Narthex 0.1.0 of revision {@code abc} in the place of another program, started in 1970. */
  public static FakeProgram of(String name, String role, String title, String standsInFor) {
    return new FakeProgram(
        name, role, title, "0.1.0", standsInFor, "abc", Instant.EPOCH, Path.of("/"));
  }
}
