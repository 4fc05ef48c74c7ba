package io.narthex.web.debug;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import io.narthex.api.web.HttpError;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;

/** {@code /debug/threads}: the stacks of all threads, virtual ones too, as text or JSON. */
final class ThreadDump {
  private final Exclusive exclusive = new Exclusive("a thread dump");

  void handle(WebRequest request, WebResponse response) throws IOException {
    Answers.refuseOtherSites(request);
    String format = request.parameter("format");
    ThreadDumpFormat kind =
        switch (format) {
          case "", "text" -> ThreadDumpFormat.TEXT_PLAIN;
          case "json" -> ThreadDumpFormat.JSON;
          default ->
              throw new HttpError(400, "cannot dump threads as " + format + "; want text or json");
        };
    try (Exclusive.Holder holder = exclusive.take();
        TemporaryFile file = new TemporaryFile("threads")) {
      holder.run(() -> {
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
            .dumpThreads(file.path().toString(), kind);
        return file;
      });
      Answers.secure(response)
          .header(
              "Content-Type", kind == ThreadDumpFormat.JSON ? "application/json" : Answers.TEXT);
      try (OutputStream out = response.body()) {
        Files.copy(file.path(), out);
      }
    }
  }
}
