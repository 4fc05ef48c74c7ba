package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** {@code promtool check config} of the tarball, with Prometheus's own files. */
class CheckConfigIT {
  /** With mechanisms that no plugin brings yet. */
  private static final Set<String> NOT_YET = Set.of("prometheus-aws-sd-empty-region.good.yml");

  /** Mechanisms of other clouds, which no plugin brings. */
  private static final Set<String> NO_SUCH_MECHANISM =
      Set.of("conf.good.yml", "roundtrip.good.yml", "rules_abs_path_windows.good.yml");

  private static Installation installation;

  @TempDir static Path directory;

  @BeforeAll
  static void unpack() throws IOException {
    installation = Installation.unpackInto(directory.resolve("installation"));
  }

  private static Path conformance(String folder) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path found = at.resolve("shared/conformance/config").resolve(folder);
      if (Files.isDirectory(found)) {
        return found;
      }
    }
    System.out.println(
        "SKIPPED: no shared/conformance/config above " + Path.of("").toAbsolutePath());
    assumeTrue(false, "no shared/conformance/config");
    throw new AssertionError();
  }

  private static Ended check(Path in, List<String> arguments) throws IOException {
    List<String> words = new ArrayList<>(List.of("check", "config"));
    words.addAll(arguments);
    return installation.launch("promtool", words.toArray(String[]::new)).in(in).run();
  }

  @TestFactory
  Stream<DynamicTest> judgesPrometheussFilesAsPromtoolDoes() throws IOException {
    Path folder = conformance("promtool");
    return Files.readAllLines(folder.resolve("expectations.tsv")).stream()
        .map(line -> line.split("\t", -1))
        .filter(columns -> columns[1].equals("check config") && !NOT_YET.contains(columns[0]))
        .map(columns ->
            DynamicTest.dynamicTest(
                columns[0] + " " + columns[2],
                () -> {
                  List<String> arguments = new ArrayList<>(List.of(columns[0]));
                  Stream.of(columns[2].split(" "))
                      .filter(f -> !f.isEmpty())
                      .forEach(arguments::add);
                  Ended ended = check(folder.resolve("testdata"), arguments);
                  assertThat(ended.status())
                      .as(ended.output())
                      .isEqualTo(Integer.parseInt(columns[3]));
                  if (ended.status() == 1) {
                    assertThat(ended.err()).contains(columns[4]);
                  }
                }));
  }

  @Test
  void acceptsPrometheussGoodFiles() throws IOException {
    Path folder = conformance("prometheus");
    List<String> files = new ArrayList<>(List.of("--syntax-only"));
    for (String name : Files.readAllLines(folder.resolve("good_files.txt"))) {
      String own = name.substring(name.lastIndexOf('/') + 1);
      if (!own.isBlank() && !NO_SUCH_MECHANISM.contains(own) && !own.startsWith("agent_mode")) {
        files.add("testdata/" + own);
      }
    }
    assertThat(files).hasSizeGreaterThan(50);
    Ended ended = check(folder, files);
    assertThat(ended.err()).isEmpty();
    assertThat(ended.status()).isZero();
  }

  @Test
  void refusesPrometheussBadFilesWithItsWords() throws IOException {
    Path folder = conformance("prometheus");
    Map<String, List<String>> expected = new TreeMap<>();
    for (String line : Files.readAllLines(folder.resolve("bad_expectations.tsv"))) {
      String[] columns = line.split("\t", -1);
      if (!Set.of("file", "resolve").contains(columns[1])) {
        continue;
      }
      // Some are no UTF-8, which is what is wrong with them.
      String text =
          Files.readString(
              folder.resolve("testdata").resolve(columns[0]), StandardCharsets.ISO_8859_1);
      if (isOurs(text)) {
        // Where it stands is said by line and column.
        expected
            .computeIfAbsent("testdata/" + columns[0], n -> new ArrayList<>())
            .add(columns[2].replace("\\\\", "\\").replaceFirst("^parsing YAML file [^:]*: ", ""));
      }
    }
    assertThat(expected).hasSizeGreaterThan(50);
    Ended ended = check(folder, List.copyOf(expected.keySet()));
    assertThat(ended.status()).isEqualTo(1);
    List<String> said = List.of(ended.err().split("(^|\n) {2}FAILED: "));
    List<String> wrong = new ArrayList<>();
    expected.forEach((file, words) -> {
      String own =
          said.stream()
              .map(s -> s.startsWith("parsing YAML file ") ? s.substring(18) : s)
              .filter(s -> s.startsWith(file + ":"))
              .findFirst()
              .orElse("");
      if (own.isEmpty() || !words.stream().allMatch(own::contains)) {
        wrong.add(file + ": want " + words + ", got " + own);
      }
    });
    assertThat(wrong).isEmpty();
  }

  @Test
  void judgesRuleFilesAsDebiansPromtoolDoes() throws Exception {
    Path promtool = Path.of("/usr/bin/promtool");
    if (!Files.isExecutable(promtool)) {
      System.out.println("SKIPPED: no " + promtool);
      assumeTrue(false, "no promtool");
    }
    Path folder = Files.createDirectories(directory.resolve("rules/sub"));
    Files.writeString(
        folder.resolve("good.yml"),
        "groups: [{name: g, rules: [{record: r, expr: up}, {alert: A, expr: up == 0}]}]");
    Files.writeString(
        folder.resolve("twice.yml"),
        "groups: [{name: g, rules: [{record: r, expr: up}, {record: r, expr: up}]}]");
    Files.writeString(
        folder.resolve("bad.yml"), "groups: [{name: g, rules: [{record: r, expr: up +}]}]");
    Files.writeString(folder.resolve("a.yml"), "rule_files: [good.yml, '../sub/g*.yml', 'x*.yml']");
    Files.writeString(folder.resolve("b.yml"), "rule_files: [twice.yml, good.yml]");
    Files.writeString(folder.resolve("c.yml"), "rule_files: [bad.yml]");
    Files.writeString(folder.resolve("d.yml"), "rule_files: [good.yml, none.yml]");
    for (List<String> call :
        List.of(
            List.of("sub/a.yml"),
            List.of("sub/b.yml"),
            List.of("sub/b.yml", "--lint-fatal"),
            List.of("sub/b.yml", "--lint-fatal", "--lint=none"),
            List.of("sub/c.yml"),
            List.of("sub/c.yml", "--syntax-only"),
            List.of("sub/d.yml"),
            List.of("sub/d.yml", "--syntax-only"),
            List.of(folder.resolve("b.yml").toString()))) {
      Ended ours = check(folder.getParent(), call);
      List<String> words = new ArrayList<>(List.of(promtool.toString(), "check", "config"));
      words.addAll(call);
      Path out = directory.resolve("promtool.out");
      Path err = directory.resolve("promtool.err");
      Process process =
          new ProcessBuilder(words)
              .directory(folder.getParent().toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(ours.status()).as(call + ours.output()).isEqualTo(process.exitValue());
      // 2.42 ends with an empty line behind errors, 3.x does not.
      assertThat(ours.out().strip()).as(call.toString()).isEqualTo(Files.readString(out).strip());
      // Of a configuration, places are told too; 2.42 indents what it says of rule files.
      assertThat(ours.err().replaceFirst("FAILED: sub/d.yml:1:24: rule_files\\[1]: ", "FAILED: "))
          .as(call.toString())
          .isEqualTo(Files.readString(err).replaceAll("(?m)^ {5}", ""));
    }
  }

  /** Whether the file is about what plugins of this installation own. */
  private static boolean isOurs(String text) {
    return Stream.of(
            "remote_write:",
            "remote_read:",
            "tracing:",
            "azure_sd",
            "scaleway_sd",
            "puppetdb_sd",
            "marathon_sd",
            "uyuni_sd",
            "ovhcloud_sd",
            "outscale_sd",
            "stackit_sd",
            "openstack_sd",
            "oci_sd",
            "lightsail_sd",
            "ionos_sd",
            "hetzner_sd",
            "eureka_sd",
            "ec2_sd")
        .noneMatch(text::contains);
  }
}
