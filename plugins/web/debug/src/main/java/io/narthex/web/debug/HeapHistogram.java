package io.narthex.web.debug;

import io.narthex.api.web.HttpError;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import java.io.IOException;

/**
 * {@code /debug/heap}: how many objects of each class there are and how many bytes they take, the
 * largest first. The virtual machine stands still while it counts. Contents of objects are not
 * shown.
 */
final class HeapHistogram {
  private final Exclusive exclusive = new Exclusive("a histogram of the heap");

  void handle(WebRequest request, WebResponse response) throws IOException {
    Answers.refuseOtherSites(request);
    String live = request.parameter("live");
    boolean onlyLive =
        switch (live) {
          case "", "false", "0" -> false;
          case "true", "1" -> true;
          default ->
              throw new HttpError(400, "cannot count objects: got live=" + live + ", want true");
        };
    String histogram;
    try (Exclusive.Holder holder = exclusive.take()) {
      histogram = holder.run(() -> histogram(onlyLive));
    }
    Answers.secure(response).send(Answers.TEXT, histogram);
  }

  /** Only those in use are counted after a full collection, which takes longer. */
  private static String histogram(boolean onlyLive) throws Exception {
    String[] options = onlyLive ? new String[0] : new String[] {"-all"};
    return DiagnosticCommands.run("gcClassHistogram", options);
  }
}
