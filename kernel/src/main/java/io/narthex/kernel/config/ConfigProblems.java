package io.narthex.kernel.config;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A configuration that cannot be used, with everything that is wrong with it. */
public final class ConfigProblems extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  /** Lists them in the order in which they stand in the file. */
  public ConfigProblems(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  ConfigProblems(Mark mark, String message) {
    this(List.of(new Problem(mark, "", message)));
  }

  /**
   * What is said of a configuration file, a line for each problem. Those of type stand first, below
   * the words that Prometheus says before them.
   */
  public List<String> report() {
    List<String> lines = new ArrayList<>();
    for (Problem problem : problems) {
      if (isOfFile(problem)) {
        if (lines.isEmpty()) {
          lines.add("parsing YAML file " + problem.mark().source() + ": yaml: unmarshal errors:");
        }
        lines.add("  " + problem);
      }
    }
    problems.stream().filter(p -> !isOfFile(p)).forEach(p -> lines.add(p.toString()));
    return lines;
  }

  /** Flags and the environment are no file, and have no lines. */
  private static boolean isOfFile(Problem problem) {
    return problem.mismatch() && problem.mark().line() != 0;
  }

  /** What is wrong; at least one. */
  public List<Problem> problems() {
    return problems;
  }
}
