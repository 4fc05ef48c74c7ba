package io.narthex.web.debug;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import io.narthex.api.web.Route;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class DebugRoutesTest {
  private final List<Route> routes = new DebugRoutes().routes();

  @AfterEach
  void leavesNoFileBehind() throws Exception {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      assertThat(files.filter(f -> f.getFileName().toString().startsWith("narthex-debug")))
          .isEmpty();
    }
  }

  private FakeResponse get(String path, String... parameters) throws Exception {
    FakeRequest request = FakeRequest.get(path).withPrefix("/p");
    for (int i = 0; i < parameters.length; i += 2) {
      request.with(parameters[i], parameters[i + 1]);
    }
    return request.send(routes);
  }

  @Test
  void tellsWhatThereIs() throws Exception {
    FakeResponse index = get("/debug/");
    assertThat(index.text()).contains("threads", "heap", "jfr?seconds=30");
    assertThat(index.headers())
        .containsEntry("Content-Type", "text/plain; charset=utf-8")
        .containsEntry("X-Content-Type-Options", "nosniff")
        .containsEntry("Cache-Control", "no-store");
    assertThat(get("/debug").headers()).containsEntry("Location", "/p/debug/");
  }

  @Test
  void isForThoseWhoSeeEverything() {
    assertThat(routes)
        .allSatisfy(r -> assertThat(r.audience()).isEqualTo(Route.Audience.UNRESTRICTED))
        .allSatisfy(r -> assertThat(r.methods()).isEqualTo(Set.of("GET")));
  }

  @Test
  void dumpsThreadsOfBothKinds() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    Thread virtual =
        Thread.ofVirtual()
            .name("a virtual one")
            .start(() -> {
              begun.countDown();
              try {
                end.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    begun.await();
    try {
      assertThat(get("/debug/threads").text())
          .contains("a virtual one", Thread.currentThread().getName(), "dumpsThreadsOfBothKinds");
      FakeResponse json = get("/debug/threads", "format", "json");
      assertThat(json.text()).startsWith("{").contains("\"a virtual one\"");
      assertThat(json.headers()).containsEntry("Content-Type", "application/json");
    } finally {
      end.countDown();
      virtual.join();
    }
    assertThat(get("/debug/threads", "format", "xml").answer())
        .isEqualTo("400 cannot dump threads as xml; want text or json");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "true"})
  void countsObjectsByClass(String live) throws Exception {
    assertThat(get("/debug/heap", "live", live).text())
        .contains("#instances", "java.lang.String", "Total");
    assertThat(get("/debug/heap", "live", "maybe").answer())
        .isEqualTo("400 cannot count objects: got live=maybe, want true");
  }

  @Test
  void recordsForAsLongAsIsWishedAndHidesWhatCouldBeASecret(@TempDir Path directory)
      throws Exception {
    FakeResponse response = get("/debug/jfr", "seconds", "1");
    assertThat(response.status()).as(() -> response.text()).isEqualTo(200);
    assertThat(response.headers())
        .containsEntry("Content-Type", "application/octet-stream")
        .containsEntry("Content-Length", String.valueOf(response.bytes().length));
    Path file = Files.write(directory.resolve("r.jfr"), response.bytes());
    Set<String> kinds =
        RecordingFile.readAllEvents(file).stream()
            .map(RecordedEvent::getEventType)
            .map(type -> type.getName())
            .collect(Collectors.toSet());
    assertThat(kinds).contains("jdk.ActiveSetting", "jdk.OSInformation");
    assertThat(kinds).doesNotContainAnyElementsOf(FlightRecording.HIDDEN);
    assertThat(FlightRecorder.getFlightRecorder().getRecordings()).isEmpty();
  }

  /** A misspelt one would hide nothing. */
  @Test
  void knowsTheEventsThatItHides() {
    assertThat(FlightRecorder.getFlightRecorder().getEventTypes())
        .extracting(type -> type.getName())
        .containsAll(
            List.of(
                "jdk.InitialEnvironmentVariable",
                "jdk.InitialSystemProperty",
                "jdk.InitialSecurityProperty",
                "jdk.JVMInformation",
                "jdk.SystemProcess"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "301", "-1", "1.5", "x", "99999999999"})
  void refusesToRecordForLongOrNotAtAll(String seconds) throws Exception {
    assertThat(get("/debug/jfr", "seconds", seconds).answer())
        .isEqualTo("400 cannot record " + seconds + " seconds; want a whole number from 1 to 300");
  }

  @Test
  void recordsForOneClientAtATimeAndEndsWhenItLeaves() throws Exception {
    FakeRequest first = FakeRequest.get("/debug/jfr").with("seconds", "300");
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<FakeResponse> answer = executor.submit(() -> first.send(routes));
      while (FlightRecorder.getFlightRecorder().getRecordings().stream()
          .noneMatch(recording -> recording.getState() == RecordingState.RUNNING)) {
        assertThat(answer.isDone()).isFalse();
        Thread.onSpinWait();
      }
      Path repository = Repository.path().orElseThrow();
      assertThat(repository).isDirectory();
      if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(repository)))
            .isEqualTo("rwx------");
      }
      assertThat(get("/debug/jfr", "seconds", "1").answer())
          .isEqualTo("429 a flight recording is being made for somebody else; try again later");
      first.disconnect();
      assertThat(answer.get(60, TimeUnit.SECONDS).status()).isEqualTo(503);
    }
    assertThat(FlightRecorder.getFlightRecorder().getRecordings()).isEmpty();
  }

  @Test
  void doesNotRecordBesideARecordingThatMayShowMore() throws Exception {
    try (Recording other = new Recording()) {
      other.start();
      assertThat(get("/debug/jfr", "seconds", "1").answer())
          .startsWith("409 another recording is running, which was not started here");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"threads", "heap", "jfr"})
  void doesNothingForPagesOfOtherSites(String what) throws Exception {
    for (String site : List.of("cross-site", "same-site")) {
      FakeRequest picture =
          FakeRequest.get("/debug/" + what)
              .with("seconds", "1")
              .withHeader("Sec-Fetch-Site", site)
              .withHeader("Sec-Fetch-Mode", "no-cors");
      assertThat(picture.send(routes).answer())
          .isEqualTo(
              "403 cross-origin request refused: pages of other sites must not cost this one time");
    }
    FakeRequest link =
        FakeRequest.get("/debug/" + what)
            .with("seconds", "1")
            .withHeader("Sec-Fetch-Site", "cross-site")
            .withHeader("Sec-Fetch-User", "?1");
    assertThat(link.send(routes).status()).isEqualTo(200);
    FakeRequest typed =
        FakeRequest.get("/debug/" + what).with("seconds", "1").withHeader("Sec-Fetch-Site", "none");
    assertThat(typed.send(routes).status()).isEqualTo(200);
  }

  @Test
  void tellsToolsForGoWhereToAsk() throws Exception {
    for (String profile : List.of("", "profile", "heap", "trace", "cmdline", "symbol")) {
      FakeResponse response = get("/debug/pprof/" + profile);
      assertThat(response.status()).isEqualTo(501);
      assertThat(response.text())
          .contains("/p/debug/jfr?seconds=30", "/p/debug/threads", "/p/debug/heap");
    }
    assertThat(get("/debug/pprof/goroutine", "debug", "2").headers())
        .containsEntry("Location", "/p/debug/threads");
    assertThat(get("/debug/pprof/goroutine").status()).isEqualTo(501);
  }
}
