package io.narthex.web.debug;

import io.narthex.api.web.HttpError;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import jdk.jfr.Configuration;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;

/**
 * {@code /debug/jfr}: a flight recording of the next seconds, with the JDK's settings for profiling
 * but for events that could show a secret: the environment, the command line, system properties,
 * other processes and messages of exceptions.
 */
final class FlightRecording {
  private static final int DEFAULT_SECONDS = 30;
  private static final int MAX_SECONDS = 300;

  /** Older events go beyond that; five minutes of a busy server take some tens of megabytes. */
  private static final long MAX_BYTES = 256L << 20;

  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

  /** Events that tell what is nobody's business. */
  static final List<String> HIDDEN =
      List.of(
          "jdk.InitialEnvironmentVariable",
          "jdk.InitialSystemProperty",
          "jdk.InitialSecurityProperty",
          "jdk.SecurityPropertyModification",
          "jdk.JVMInformation",
          "jdk.JavaAgent",
          "jdk.NativeAgent",
          "jdk.StringFlag",
          "jdk.StringFlagChanged",
          "jdk.SystemProcess",
          "jdk.ProcessStart",
          "jdk.JavaErrorThrow",
          "jdk.JavaExceptionThrow");

  private final Exclusive exclusive = new Exclusive("a flight recording");

  void handle(WebRequest request, WebResponse response) throws IOException, InterruptedException {
    Answers.refuseOtherSites(request);
    int seconds = seconds(request.parameter("seconds"));
    CountDownLatch end = new CountDownLatch(1);
    request.onDisconnect(end::countDown);
    request.onShutdown(end::countDown);
    try (Exclusive.Holder holder = exclusive.take();
        TemporaryFile file = new TemporaryFile("narthex.jfr");
        Recording recording = holder.run(FlightRecording::start)) {
      if (end.await(seconds, TimeUnit.SECONDS)) {
        throw new HttpError(503, "the flight recording was given up");
      }
      holder.run(() -> {
        recording.stop();
        recording.dump(file.path());
        return file;
      });
      Answers.secure(response)
          .header("Content-Type", "application/octet-stream")
          .header("Content-Disposition", "attachment; filename=\"narthex.jfr\"")
          .header("Content-Length", Long.toString(Files.size(file.path())));
      try (OutputStream out = response.body()) {
        Files.copy(file.path(), out);
      }
    }
  }

  private static int seconds(String text) throws HttpError {
    if (text.isEmpty()) {
      return DEFAULT_SECONDS;
    }
    int seconds = NUMBER.matcher(text).matches() ? Integer.parseInt(text) : 0;
    if (seconds < 1 || seconds > MAX_SECONDS) {
      throw new HttpError(
          400, "cannot record " + text + " seconds; want a whole number from 1 to " + MAX_SECONDS);
    }
    return seconds;
  }

  private static Recording start() throws Exception {
    if (!FlightRecorder.isAvailable()) {
      throw new HttpError(501, "this Java runtime has no flight recorder");
    }
    // A recording holds what any recording that runs beside it asks for, and so what is hidden.
    if (!FlightRecorder.getFlightRecorder().getRecordings().isEmpty()) {
      throw new HttpError(
          409, "another recording is running, which was not started here; end it, or use its data");
    }
    Recording recording = new Recording(Configuration.getConfiguration("profile"));
    try {
      HIDDEN.forEach(recording::disable);
      recording.setName("narthex-debug");
      recording.setMaxSize(MAX_BYTES);
      Repository.close();
      recording.start();
      return recording;
    } catch (Exception e) {
      recording.close();
      throw e;
    }
  }
}
