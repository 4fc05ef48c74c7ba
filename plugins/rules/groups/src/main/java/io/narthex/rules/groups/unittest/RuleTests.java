package io.narthex.rules.groups.unittest;

import io.narthex.api.command.GoDuration;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.config.ConfigFiles.Located;
import io.narthex.api.config.ConfigFiles.Syntax;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.Glob;
import io.narthex.api.model.Regex;
import io.narthex.api.plugin.Extensions;
import io.narthex.rules.groups.file.CheckedFile;
import io.narthex.rules.groups.file.GroupDefinition;
import io.narthex.rules.groups.file.RuleFileReader;
import io.narthex.rules.groups.unittest.TestFile.TestGroup;
import io.narthex.rules.groups.unittest.TestRun.RulesWrong;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Runs files of unit tests, one after the other. Used by one thread. */
public final class RuleTests {
  private static final Duration STANDARD_INTERVAL = Duration.ofMinutes(1);

  /** To the second, in the time of the place, without saying which. */
  private static final DateTimeFormatter TIMESTAMP =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss");

  /**
   * How tests are run.
   *
   * @param selected whole names of tests to be run; null for all
   * @param diff whether differences of alerts are shown in colours
   * @param debug whether the course of each test is told
   * @param features of the query engine
   */
  public record Options(
      @Nullable Regex selected, boolean diff, boolean debug, Set<String> features) {
    /** Copies. */
    public Options {
      features = Set.copyOf(features);
    }
  }

  private final ConfigFiles files;
  private final Extensions extensions;
  private final RuleFileReader rules;
  private final Options options;
  private final Path workingDirectory;
  private final PrintStream err;
  private final JunitReport report = new JunitReport();

  /**
   * Makes one.
   *
   * @param rules reads the files with rules
   * @param workingDirectory where names of files start
   * @param err for warnings, and what debugging tells
   */
  public RuleTests(
      ConfigFiles files,
      Extensions extensions,
      RuleFileReader rules,
      Options options,
      Path workingDirectory,
      PrintStream err) {
    this.files = files;
    this.extensions = extensions;
    this.rules = rules;
    this.options = options;
    this.workingDirectory = workingDirectory;
    this.err = err;
  }

  /** The report of all files that were run. */
  public JunitReport report() {
    return report;
  }

  /**
   * Runs a file.
   *
   * @param name of the file, as it is shown
   * @return what failed, each over one line or several
   */
  public List<String> run(String name) throws InterruptedException, IOException {
    JunitReport.Suite suite = report.suite(name);
    try {
      return new OfFile(name, suite).run();
    } catch (Refusal e) {
      suite.aborted(String.valueOf(e.getMessage()));
      return List.of(String.valueOf(e.getMessage()));
    }
  }

  /** The tests of one file. */
  private final class OfFile implements TestRun.RuleSource {
    private final JunitReport.Suite suite;
    private final TestFile file;
    private final Located<TestFile> located;
    private final String name;
    private final Duration interval;

    /** As they are shown, in the order of the file. */
    private final Set<String> ruleFiles;

    /** Places of groups, by name. */
    private final Map<String, Integer> order = new HashMap<>();

    private @Nullable List<GroupDefinition> groups;
    private @Nullable RulesWrong wrong;

    OfFile(String name, JunitReport.Suite suite) throws Refusal {
      this.name = name;
      this.suite = suite;
      located = read();
      file = located.value();
      interval = file.evaluationInterval().isZero() ? STANDARD_INTERVAL : file.evaluationInterval();
      checkScalars();
      ruleFiles = find();
      for (String group : file.groupEvalOrder()) {
        if (order.putIfAbsent(group, order.size()) != null) {
          throw new Refusal("group name repeated in evaluation order: " + group);
        }
      }
    }

    private Located<TestFile> read() throws Refusal {
      try {
        return files.locate(
            name,
            Files.readAllBytes(workingDirectory.resolve(name)),
            ConfigShape.of(TestFile.class),
            Syntax.YAML);
      } catch (ConfigException e) {
        throw new Refusal(String.valueOf(e.getMessage()));
      } catch (IOException e) {
        throw new Refusal("open " + name + ": " + e.getMessage());
      }
    }

    /** What the binder takes for a text though it is a number or a time. */
    private void checkScalars() throws Refusal {
      List<String> problems = new ArrayList<>();
      for (int t = 0; t < file.tests().size(); t++) {
        TestGroup test = file.tests().get(t);
        check(
            "tests[" + t + "].start_timestamp",
            problems,
            () -> Scalars.time(test.startTimestamp()));
        for (int e = 0; e < test.promqlExprTest().size(); e++) {
          List<TestFile.ExpectedSample> samples = test.promqlExprTest().get(e).expSamples();
          for (int s = 0; s < samples.size(); s++) {
            String value = samples.get(s).value();
            check(
                "tests[" + t + "].promql_expr_test[" + e + "].exp_samples[" + s + "].value",
                problems,
                () -> Scalars.number(value));
          }
        }
      }
      if (!problems.isEmpty()) {
        throw new Refusal(String.join("\n", problems));
      }
    }

    private void check(String path, List<String> problems, Runnable reading) {
      try {
        reading.run();
      } catch (IllegalArgumentException e) {
        problems.add(name + ":" + located.places().of(path) + ": " + e.getMessage());
      }
    }

    private Set<String> find() throws Refusal {
      Path directory = Path.of(name).getParent();
      Set<String> found = new LinkedHashSet<>();
      for (String written : file.ruleFiles()) {
        boolean relative = !written.isEmpty() && !written.startsWith("/");
        String pattern =
            relative && directory != null
                ? directory.resolve(written).normalize().toString()
                : relative ? Path.of(written).normalize().toString() : written;
        Glob glob = Glob.of(workingDirectory, pattern);
        if (!glob.isValid()) {
          throw new Refusal("syntax error in pattern");
        }
        Set<Path> matching = written.isEmpty() ? Set.of() : glob.files();
        if (matching.isEmpty()) {
          err.println("  WARNING: no file match pattern " + pattern);
        }
        for (Path one : matching) {
          found.add(
              pattern.startsWith("/")
                  ? one.toString()
                  : workingDirectory
                      .toAbsolutePath()
                      .normalize()
                      .relativize(one.toAbsolutePath().normalize())
                      .toString());
        }
      }
      return found;
    }

    List<String> run() throws InterruptedException, IOException, Refusal {
      suite.began(LocalDateTime.now(ZoneId.systemDefault()).format(TIMESTAMP));
      List<String> failures = new ArrayList<>();
      try (Bench bench = new Bench(extensions, files, options.features(), interval)) {
        TestRun.Conditions conditions =
            new TestRun.Conditions(
                bench,
                extensions,
                interval,
                file.fuzzyCompare(),
                options.diff(),
                options.debug(),
                err);
        for (int i = 0; i < file.tests().size(); i++) {
          TestGroup test = file.tests().get(i);
          Regex selected = options.selected();
          if (selected != null && !selected.matches(test.name())) {
            continue;
          }
          String shown = test.name().isEmpty() ? "unnamed#" + i : test.name();
          List<String> ofTest = run(test, shown, conditions);
          suite.ran(shown, ofTest);
          failures.addAll(ofTest);
        }
      }
      return failures;
    }

    private List<String> run(TestGroup test, String shown, TestRun.Conditions conditions)
        throws InterruptedException {
      long begin = System.nanoTime();
      if (options.debug()) {
        err.println("DEBUG: Starting test " + shown);
      }
      List<String> failures =
          TestRun.run(
              test,
              test.interval().isZero() ? interval : test.interval(),
              Scalars.time(test.startTimestamp()),
              conditions,
              this);
      if (options.debug()) {
        err.println(
            "DEBUG: Test "
                + shown
                + " finished, took "
                + GoDuration.text(System.nanoTime() - begin));
      }
      return failures;
    }

    /** Read with the first test that wants them; all have the same. */
    @Override
    public List<GroupDefinition> groups() throws RulesWrong {
      if (wrong != null) {
        throw wrong;
      }
      List<GroupDefinition> known = groups;
      if (known == null) {
        List<GroupDefinition> all = new ArrayList<>();
        for (String one : ruleFiles) {
          CheckedFile checked = rules.read(workingDirectory.resolve(one), one, interval);
          if (!checked.errors().isEmpty()) {
            wrong = new RulesWrong(checked.errors());
            throw wrong;
          }
          all.addAll(checked.groups());
        }
        // Upstream as well takes those that are not named for as early as the first that is.
        all.sort(Comparator.comparingInt(group -> order.getOrDefault(group.name(), 0)));
        known = all;
        groups = known;
      }
      return known;
    }
  }
}
