package io.narthex.kernel.config;

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

  /** What is wrong; at least one. */
  public List<Problem> problems() {
    return problems;
  }
}
