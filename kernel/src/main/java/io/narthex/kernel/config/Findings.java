package io.narthex.kernel.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects what is wrong, and what is only odd, while a configuration is bound. */
final class Findings {
  private final Set<Problem> problems = new LinkedHashSet<>();
  private final List<Problem> warnings = new ArrayList<>();
  private final List<Throwable> faults = new ArrayList<>();

  void problem(Mark mark, String path, String message) {
    problems.add(new Problem(mark, path, message));
  }

  /** A problem of a value or key that does not fit the type of its place. */
  void mismatch(Mark mark, String path, String message) {
    problems.add(Problem.mismatch(mark, path, message));
  }

  /** A problem that is the fault of a plugin; the stack trace goes with the whole. */
  void fault(Mark mark, String path, String message, Throwable fault) {
    problem(mark, path, message + ": its plugin failed: " + fault);
    faults.add(fault);
  }

  /** Takes over what was found elsewhere. */
  void addAll(Findings other) {
    problems.addAll(other.problems);
    warnings.addAll(other.warnings);
    faults.addAll(other.faults);
  }

  void warning(Mark mark, String path, String message) {
    warnings.add(new Problem(mark, path, message));
  }

  /** In the order of their places; what comes from flags and the environment as it came. */
  List<Problem> problems() {
    List<String> sources = problems.stream().map(p -> p.mark().source()).distinct().toList();
    return problems.stream()
        .sorted(
            Comparator.<Problem>comparingInt(p -> sources.indexOf(p.mark().source()))
                .thenComparingInt(p -> p.mark().line())
                .thenComparingInt(p -> p.mark().column()))
        .toList();
  }

  List<Problem> warnings() {
    return warnings;
  }

  /** With the faults of plugins as suppressed ones. */
  void throwIfAny() throws ConfigProblems {
    if (!problems.isEmpty()) {
      ConfigProblems all = new ConfigProblems(problems());
      faults.forEach(all::addSuppressed);
      throw all;
    }
  }
}
