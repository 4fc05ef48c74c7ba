package io.narthex.distribution;

import org.junit.jupiter.api.Assumptions;

/** What the build's output shall tell besides which tests passed. */
final class Figures {
  private Figures() {}

  /** Tells something that is measured and not judged, because it depends on the machine. */
  static void measured(String format, Object... arguments) {
    System.out.printf("MEASURED " + format + "%n", arguments);
  }

  /** Leaves the test out where this machine cannot run it, and says so. */
  static void skipUnless(boolean possible, String reason) {
    if (!possible) {
      System.out.println("SKIPPED " + reason);
    }
    Assumptions.assumeTrue(possible, reason);
  }
}
