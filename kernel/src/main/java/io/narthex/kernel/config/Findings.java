package io.narthex.kernel.config;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects what is wrong, and what is only odd, while a configuration is bound. */
final class Findings {
  private final Set<Problem> problems = new LinkedHashSet<>();
  private final List<Problem> warnings = new ArrayList<>();

  void problem(Mark mark, String path, String message) {
    problems.add(new Problem(mark, path, message));
  }

  void warning(Mark mark, String path, String message) {
    warnings.add(new Problem(mark, path, message));
  }

  List<Problem> problems() {
    return List.copyOf(problems);
  }

  List<Problem> warnings() {
    return warnings;
  }

  void throwIfAny() throws ConfigProblems {
    if (!problems.isEmpty()) {
      throw new ConfigProblems(problems());
    }
  }
}
