package io.narthex.kernel.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.GlobalConfig;
import io.narthex.api.http.HttpClientConfig;
import io.narthex.api.relabel.RelabelConfig;
import io.narthex.kernel.config.Node.Mapping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Prometheus's own good and bad files, as far as the parts exist that the kernel and the contract
 * bring: {@code global}, http_config and relabelling. What plugins bring is tested with them.
 */
class ConformanceTest {
  /** The parts of a scrape job that are bound here; its other keys are let pass. */
  record JobParts(
      String jobName,
      @JsonUnwrapped HttpClientConfig http,
      List<RelabelConfig> relabelConfigs,
      List<RelabelConfig> metricRelabelConfigs) {
    JobParts {
      if (jobName.isEmpty()) {
        throw new IllegalArgumentException("job_name is empty");
      }
    }
  }

  /** Bad files whose fault is in a part that is bound here. */
  private static final Set<String> BAD =
      Set.of(
          "jobname.bad.yml",
          "labelname.bad.yml",
          "regex.bad.yml",
          "modulus_missing.bad.yml",
          "labelkeep.bad.yml",
          "labelkeep2.bad.yml",
          "labelkeep3.bad.yml",
          "labelkeep5.bad.yml",
          "labeldrop2.bad.yml",
          "labeldrop3.bad.yml",
          "labeldrop4.bad.yml",
          "dropequal.bad.yml",
          "dropequal1.bad.yml",
          "keepequal.bad.yml",
          "keepequal1.bad.yml",
          "labelmap.bad.yml",
          "lowercase.bad.yml",
          "lowercase3.bad.yml",
          "uppercase.bad.yml",
          "bearertoken.bad.yml",
          "target_label_missing.bad.yml",
          "unknown_global_attr.bad.yml",
          "unknown_attr.bad.yml",
          "section_key_dup.bad.yml");

  private static Path folder() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path folder = at.resolve("shared/conformance/config/prometheus");
      if (Files.isDirectory(folder)) {
        return folder;
      }
    }
    return null;
  }

  @TestFactory
  Stream<DynamicTest> refusesTheBadFilesWithPrometheussWords() throws IOException {
    Path folder = folder();
    if (folder == null) {
      System.out.println(
          "SKIPPED: no shared/conformance/config above " + Path.of("").toAbsolutePath());
    }
    assumeTrue(folder != null, "no shared/conformance/config");
    Map<String, List<String>> expected = new TreeMap<>();
    for (String line : Files.readAllLines(folder.resolve("bad_expectations.tsv"))) {
      String[] columns = line.split("\t", -1);
      if (BAD.contains(columns[0])) {
        expected
            .computeIfAbsent(columns[0], n -> new ArrayList<>())
            .add(columns[2].replace("\\\\", "\\"));
      }
    }
    assertThat(expected.keySet()).containsAll(BAD);
    return expected.entrySet().stream()
        .map(e ->
            DynamicTest.dynamicTest(
                e.getKey(),
                () -> {
                  Findings findings = bind(folder.resolve("testdata").resolve(e.getKey()));
                  String all =
                      String.join(
                          "\n", findings.problems().stream().map(Problem::toString).toList());
                  assertThat(all).contains(e.getValue());
                }));
  }

  @TestFactory
  Stream<DynamicTest> acceptsTheGoodFiles() throws IOException {
    Path folder = folder();
    assumeTrue(folder != null, "no shared/conformance/config");
    return Files.readAllLines(folder.resolve("good_files.txt")).stream()
        .filter(name -> !name.isBlank())
        .map(name ->
            DynamicTest.dynamicTest(
                name,
                () -> {
                  Path file = folder.resolve("testdata").resolve(name);
                  assumeTrue(Files.exists(file), name + " is not there");
                  assertThat(bind(file).problems()).isEmpty();
                }));
  }

  private static Findings bind(Path file) throws IOException {
    Findings findings = new Findings();
    try {
      Node root =
          Yaml.read(
              file.getFileName().toString(),
              Files.readAllBytes(file),
              Yaml.Limits.STANDARD,
              findings);
      if (!(root instanceof Mapping top)) {
        return findings;
      }
      Set<String> seen = new java.util.HashSet<>();
      top.entries().stream()
          .filter(e -> !seen.add(e.key()))
          .forEach(e ->
              findings.problem(
                  e.mark(), e.key(), "field " + e.key() + " already set in type config.plain"));
      FakeExtensions none = new FakeExtensions();
      Binder strict = new Binder(none, findings, Set.of(), false);
      Node global = Trees.find(root, List.of("global"));
      strict.bind(ConfigShape.of(GlobalConfig.class), global, "global", root.mark());
      // A scrape job has keys that only its plugin knows; the misspelt one has no kin among them.
      Findings ofJobs = new Findings();
      Binder lenient = new Binder(none, ofJobs, Set.of(), true);
      Node jobs = Trees.find(root, List.of("scrape_configs"));
      lenient.bind(ConfigShape.listOf(JobParts.class), jobs, "scrape_configs", root.mark());
      ofJobs.problems().forEach(p -> findings.problem(p.mark(), p.path(), p.message()));
      ofJobs.warnings().stream()
          .filter(w -> w.path().endsWith(".consult_sd_configs"))
          .forEach(w -> findings.problem(w.mark(), w.path(), w.message()));
    } catch (ConfigProblems e) {
      e.problems().forEach(p -> findings.problem(p.mark(), p.path(), p.message()));
    }
    return findings;
  }
}
