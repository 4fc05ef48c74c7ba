package io.narthex.discovery.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.narthex.api.config.Defaults;
import io.narthex.api.discovery.DiscoveryContext;
import io.narthex.api.discovery.RunningDiscoverer;
import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.model.Labels;
import io.narthex.kernel.config.RecordFiles;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileDiscovererTest {
  /** So that what is seen is seen by watching. */
  private static final Duration NEVER = Duration.ofDays(1);

  @TempDir private Path directory;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final FileProvider provider = new FileProvider(new RecordFiles(), registry);
  private final List<RunningDiscoverer> running = new ArrayList<>();

  @AfterEach
  void stop() throws InterruptedException {
    for (RunningDiscoverer each : running) {
      each.close();
    }
  }

  private RunningDiscoverer start(Duration interval, String... names) {
    return start(directory, interval, names);
  }

  private RunningDiscoverer start(Path base, Duration interval, String... names) {
    FileConfig config =
        Defaults.with(
            FileConfig.class, Map.of("files", List.of(names), "refreshInterval", interval));
    RunningDiscoverer started =
        RunningDiscoverer.start(provider.create(config, new DiscoveryContext("job", base)));
    running.add(started);
    return started;
  }

  private Path write(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private void replace(String name, String text) throws IOException {
    Path next = write("next.tmp", text);
    Files.move(next, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private static String one(String address) {
    return "- targets: ['" + address + "']\n";
  }

  @Test
  void isConfiguredAsUpstream() {
    FileConfig config = Defaults.with(FileConfig.class, Map.of("files", List.of("a/*.json")));
    assertThat(config.refreshInterval()).isEqualTo(Duration.ofMinutes(5));
    assertThat(provider.name()).isEqualTo("file");
    assertThatThrownBy(() -> Defaults.of(FileConfig.class))
        .hasMessage("file service discovery config must contain at least one path name");
    for (String name : List.of("a.txt", "a*/b.yml", "*", "yml", "a.Json")) {
      assertThatThrownBy(() -> Defaults.with(FileConfig.class, Map.of("files", List.of(name))))
          .hasMessage("path name \"" + name + "\" is not valid for file discovery");
    }
  }

  @Test
  void readsYamlAndJsonAndTellsWhereTargetsComeFrom() throws Exception {
    Path yaml = write("a.yml", "- targets: ['a:1', 'b:1']\n  labels: {env: x}\n- targets: [c:1]\n");
    Path json =
        write("b.JSON", "[{\"targets\": [\"d:1\"], \"labels\": {\"__meta_filepath\": \"\"}}]");
    RunningDiscoverer sink = start(NEVER, "*.yml", "b.JSON", "a.yml");
    sink.next();
    assertThat(sink.groups())
        .containsExactly(
            Map.entry(
                yaml + ":0",
                new TargetGroup(
                    yaml + ":0",
                    List.of(Labels.of("__address__", "a:1"), Labels.of("__address__", "b:1")),
                    Labels.of("env", "x", "__meta_filepath", yaml.toString()))),
            Map.entry(
                yaml + ":1",
                new TargetGroup(
                    yaml + ":1",
                    List.of(Labels.of("__address__", "c:1")),
                    Labels.of("__meta_filepath", yaml.toString()))),
            Map.entry(
                json + ":0",
                new TargetGroup(
                    json + ":0",
                    List.of(Labels.of("__address__", "d:1")),
                    Labels.of("__meta_filepath", json.toString()))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"dr", "up/dr"})
  void followsADirectoryThatIsRenamedAwayAndReplaced(String name) throws Exception {
    write(name + "/a.yml", one("a:1"));
    RunningDiscoverer sink = start(NEVER, name + "/*.yml");
    assertThat(sink.next()).isEqualTo("[a.yml:0[a:1]]");
    // Of a directory within another the other is renamed: nothing that is watched tells.
    Path renamed = directory.resolve(name).getName(directory.getNameCount());
    Files.move(directory.resolve(renamed), directory.resolve("old"));
    assertThat(sink.next()).isEqualTo("[a.yml:0[]]");
    write(name + "/a.yml", one("a:2"));
    assertThat(sink.next()).isEqualTo("[a.yml:0[a:2]]");
    replace(name + "/a.yml", one("a:3"));
    assertThat(sink.next()).isEqualTo("[a.yml:0[a:3]]");
    Files.delete(directory.resolve(name + "/a.yml"));
    Files.delete(directory.resolve(name));
    assertThat(sink.next()).isEqualTo("[a.yml:0[]]");
    write(name + "/b.yml", one("b:1"));
    assertThat(sink.next()).isEqualTo("[b.yml:0[b:1]]");
  }

  @Test
  void followsADirectoryThatIsSwappedAtOnceForAnother() throws Exception {
    write("dr/a.yml", one("a:1"));
    write("dr.new/a.yml", one("a:2"));
    RunningDiscoverer sink = start(NEVER, "dr/*.yml");
    assertThat(sink.next()).isEqualTo("[a.yml:0[a:1]]");
    Files.move(directory.resolve("dr"), directory.resolve("dr.old"));
    Files.move(directory.resolve("dr.new"), directory.resolve("dr"));
    // It may have been seen in between.
    String last = sink.next();
    assertThat(last.equals("[a.yml:0[]]") ? sink.next() : last).isEqualTo("[a.yml:0[a:2]]");
    write("dr/a.yml", one("a:33"));
    assertThat(sink.next()).isEqualTo("[a.yml:0[a:33]]");
  }

  @Test
  void followsALinkToADirectory() throws Exception {
    write("one/a.yml", one("a:1"));
    write("two/a.yml", one("a:2"));
    Files.createSymbolicLink(directory.resolve("now"), Path.of("one"));
    RunningDiscoverer sink = start(NEVER, "now/*.yml");
    assertThat(sink.next()).isEqualTo("[a.yml:0[a:1]]");
    Files.createSymbolicLink(directory.resolve("next"), Path.of("two"));
    Files.move(directory.resolve("next"), directory.resolve("now"), StandardCopyOption.ATOMIC_MOVE);
    assertThat(sink.next()).isEqualTo("[a.yml:0[a:2]]");
    write("two/a.yml", one("a:33"));
    assertThat(sink.next()).isEqualTo("[a.yml:0[a:33]]");
  }

  @Test
  void seesFilesThatChangeComeAndGo() throws Exception {
    write("a.yml", one("a:1"));
    RunningDiscoverer sink = start(NEVER, "*.yml");
    assertThat(sink.next()).isEqualTo("[a.yml:0[a:1]]");
    write("a.yml", one("a:22"));
    assertThat(sink.next()).isEqualTo("[a.yml:0[a:22]]");
    replace("a.yml", one("a:3"));
    assertThat(sink.next()).isEqualTo("[a.yml:0[a:3]]");
    replace("b.yml", one("b:1") + one("b:2"));
    assertThat(sink.next()).isEqualTo("[b.yml:0[b:1], b.yml:1[b:2]]");
    replace("b.yml", one("b:1"));
    assertThat(sink.next()).isEqualTo("[b.yml:1[]]");
    Files.delete(directory.resolve("a.yml"));
    assertThat(sink.next()).isEqualTo("[a.yml:0[]]");
    Files.move(directory.resolve("b.yml"), directory.resolve("b.txt"));
    assertThat(sink.next()).isEqualTo("[b.yml:0[]]");
    assertThat(sink.groups()).isEmpty();
  }

  @Test
  void tellsNothingWhereNothingHasChanged() throws Exception {
    Path a = write("a.yml", one("a:1"));
    write("b.yml", one("b:1"));
    RunningDiscoverer sink = start(Duration.ofMillis(20), "*.yml");
    assertThat(sink.next()).isEqualTo("[a.yml:0[a:1], b.yml:0[b:1]]");
    Files.setLastModifiedTime(a, FileTime.from(Instant.now().plusSeconds(5)));
    replace("a.yml", "# the same\n" + one("a:1"));
    write("other.txt", "nothing of ours");
    replace("b.yml", one("b:2"));
    assertThat(sink.next()).isEqualTo("[b.yml:0[b:2]]");
    assertThat(sink.isQuiet()).isTrue();
  }

  @Test
  void aBrokenFileKeepsItsTargetsAndTheOthersGoOn() throws Exception {
    Path a = write("a.yml", one("a:1"));
    write("b.yml", one("b:1"));
    RunningDiscoverer sink = start(NEVER, "*.yml");
    assertThat(sink.next()).isEqualTo("[a.yml:0[a:1], b.yml:0[b:1]]");
    replace("a.yml", "- target: [a:2]\n");
    assertThat(sink.next())
        .startsWith("failing: " + a + ":1:3: [0].target: field target not found in type")
        .endsWith("did you mean \"targets\"?");
    replace("b.yml", one("b:2"));
    assertThat(sink.next()).isEqualTo("[b.yml:0[b:2]]");
    assertThat(sink.next()).startsWith("failing: " + a);
    assertThat(sink.groups()).hasSize(2);
    Files.delete(a);
    Files.createDirectory(a);
    sink.await("failing: read " + a + ": is a directory");
    assertThat(sink.groups()).hasSize(2);
    Files.delete(a);
    sink.await("[a.yml:0[]]");
    replace("a.yml", one("a:1"));
    sink.await("[a.yml:0[a:1]]");
  }

  @Test
  void whatIsMendedUnchangedEndsTheFailure() throws Exception {
    write("a.yml", one("a:1"));
    RunningDiscoverer sink = start(NEVER, "a.yml");
    sink.next();
    replace("a.yml", "- [");
    assertThat(sink.next()).startsWith("failing: ");
    replace("a.yml", one("a:1"));
    assertThat(sink.next()).isEqualTo("[]");
  }

  @Test
  void waitsForDirectoriesThatAreNotThereYet() throws Exception {
    RunningDiscoverer sink = start(NEVER, "x/y/*.yml");
    assertThat(sink.next()).isEqualTo("[]");
    write("x/y/a.yml", one("a:1"));
    assertThat(sink.next()).isEqualTo("[a.yml:0[a:1]]");
  }

  @Test
  void followsADirectoryThatIsReplaced() throws Exception {
    write("x/a.yml", one("a:1"));
    write("y/a.yml", one("a:2"));
    RunningDiscoverer sink = start(NEVER, "x/a.yml");
    assertThat(sink.next()).isEqualTo("[a.yml:0[a:1]]");
    Files.move(directory.resolve("x"), directory.resolve("z"));
    Files.move(directory.resolve("y"), directory.resolve("x"));
    // The directory itself was moved, which its own watch does not tell; a change in it does.
    write("z/touched", "");
    sink.await("[a.yml:0[a:2]]");
    write("x/a.yml", one("a:33"));
    assertThat(sink.next()).isEqualTo("[a.yml:0[a:33]]");
  }

  @Test
  void followsTheLinksOfAMountedConfigMap() throws Exception {
    write("m/..1/a.yml", one("a:1"));
    write("m/..2/a.yml", one("a:2"));
    Path mount = directory.resolve("m");
    Files.createSymbolicLink(mount.resolve("..data"), Path.of("..1"));
    Files.createSymbolicLink(mount.resolve("a.yml"), Path.of("..data/a.yml"));
    RunningDiscoverer sink = start(NEVER, "m/*.yml");
    assertThat(sink.next()).isEqualTo("[a.yml:0[a:1]]");
    Files.createSymbolicLink(mount.resolve("..data_tmp"), Path.of("..2"));
    Files.move(
        mount.resolve("..data_tmp"), mount.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    assertThat(sink.next()).isEqualTo("[a.yml:0[a:2]]");
  }

  @Test
  void readsAllFilesAtTheIntervalWhereNobodyTellsOfChanges() throws Exception {
    Path elsewhere = write("elsewhere/a.yml", one("a:1"));
    Files.createDirectory(directory.resolve("here"));
    Files.createSymbolicLink(directory.resolve("here/a.yml"), elsewhere);
    RunningDiscoverer sink = start(Duration.ofMillis(20), "here/*.yml");
    assertThat(sink.next()).isEqualTo("[a.yml:0[a:1]]");
    Files.writeString(elsewhere, one("a:2"));
    sink.await("[a.yml:0[a:2]]");
  }

  @Test
  void doesNotWaitForAPipe() throws Exception {
    Path pipe = directory.resolve("a.yml");
    Process mkfifo = new ProcessBuilder("mkfifo", pipe.toString()).start();
    assumeTrue(mkfifo.waitFor() == 0, "mkfifo is not there");
    write("b.yml", one("b:1"));
    RunningDiscoverer sink = start(NEVER, "*.yml");
    assertThat(sink.next()).isEqualTo("[b.yml:0[b:1]]");
    assertThat(sink.next()).isEqualTo("failing: read " + pipe + ": is no regular file");
  }

  @Test
  void saysThatAPatternCannotBeUnderstood() throws Exception {
    RunningDiscoverer sink = start(NEVER, "[a.yml");
    assertThat(sink.next())
        .isEqualTo("failing: cannot find files \"[a.yml\": syntax error in pattern");
  }

  @Test
  void manyDiscoverersShareOneWatcherOfTheSystem() throws Exception {
    write("a.yml", one("a:1"));
    for (int i = 0; i < 200; i++) {
      start(NEVER, "a.yml");
    }
    for (RunningDiscoverer own : running) {
      assertThat(own.next()).isEqualTo("[a.yml:0[a:1]]");
    }
    replace("a.yml", one("a:2"));
    for (RunningDiscoverer own : running) {
      assertThat(own.next()).isEqualTo("[a.yml:0[a:2]]");
    }
    assertThat(counter("prometheus_sd_file_watcher_errors")).isZero();
  }

  @Test
  void measures() throws Exception {
    Path a = write("a.yml", one("a:1"));
    Files.setLastModifiedTime(a, FileTime.from(Instant.ofEpochSecond(1_700_000_000, 900_000_000)));
    write("b.yml", "broken");
    RunningDiscoverer sink = start(NEVER, "*.yml");
    sink.next();
    sink.next();
    assertThat(counter("prometheus_sd_file_read_errors")).isEqualTo(1);
    SummarySnapshot scans =
        (SummarySnapshot)
            registry.scrape("prometheus_sd_file_scan_duration_seconds"::equals).get(0);
    assertThat(scans.getDataPoints().getFirst().getCount()).isEqualTo(1);
    GaugeSnapshot times =
        (GaugeSnapshot) registry.scrape("prometheus_sd_file_mtime_seconds"::equals).get(0);
    assertThat(times.getDataPoints()).hasSize(1);
    assertThat(times.getDataPoints().getFirst().getValue()).isEqualTo(1_700_000_000);
    assertThat(times.getDataPoints().getFirst().getLabels().get("filename"))
        .isEqualTo(a.toString());
    sink.close();
    assertThat(registry.scrape("prometheus_sd_file_mtime_seconds"::equals).get(0).getDataPoints())
        .isEmpty();
  }

  private double counter(String name) {
    return ((CounterSnapshot) registry.scrape(name::equals).get(0))
        .getDataPoints()
        .getFirst()
        .getValue();
  }

  @Test
  void judgesPrometheussOwnFilesAsItDoes() throws Exception {
    Path folder = null;
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.isDirectory(at.resolve("shared/conformance/config/file_sd"))) {
        folder = at.resolve("shared/conformance/config/file_sd");
        break;
      }
    }
    assumeTrue(folder != null, "shared/conformance is not there");
    for (String name : List.of("valid.yml", "valid.json", "valid3.yml")) {
      RunningDiscoverer own = start(folder, NEVER, name);
      assertThat(own.next())
          .isEqualTo(
              "[" + name + ":0[localhost:9090, example.org:443], " + name + ":1[my.domain]]");
    }
    for (String name : List.of("invalid_nil.yml", "invalid_nil.json")) {
      RunningDiscoverer own = start(folder, NEVER, name);
      assertThat(own.next()).startsWith("failing: ").endsWith(": [1]: nil target group item found");
      assertThat(own.groups()).isEmpty();
    }
  }
}
