package io.narthex.web.debug;

import io.narthex.api.web.Route;
import io.narthex.api.web.Routes;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import java.io.IOException;
import java.util.List;
import org.pf4j.Extension;

/** What is under {@code /debug}; for those who see everything. */
@Extension
public final class DebugRoutes implements Routes {
  private static final String INDEX =
      """
      What the Java virtual machine tells of this process:

      threads            stacks of all threads, virtual ones too; ?format=json
      heap               objects and bytes by class; ?live=true after a full collection.
                         The process stands still while they are counted, for some 100 ms a GB
      jfr?seconds=30     a flight recording of the next 1 to 300 seconds: CPU, allocations, locks.
                         Read it with: jfr summary FILE, jfr view hot-methods FILE, or JDK Mission Control

      One of each at a time; another request gets 429.
      """;

  private static final String NO_GO =
      """
      This is no Go program: it has no profiles of pprof. Instead of
        profile, trace, allocs, block, mutex   GET %1$s/debug/jfr?seconds=30
        goroutine, threadcreate                GET %1$s/debug/threads
        heap                                   GET %1$s/debug/heap
      """;

  private final ThreadDump threads = new ThreadDump();
  private final HeapHistogram heap = new HeapHistogram();
  private final FlightRecording recording = new FlightRecording();

  @Override
  public List<Route> routes() {
    return List.of(
        Route.get("/debug", DebugRoutes::toIndex),
        Route.get("/debug/", DebugRoutes::index),
        Route.get("/debug/threads", threads::handle),
        Route.get("/debug/heap", heap::handle),
        Route.get("/debug/jfr", recording::handle),
        Route.get("/debug/pprof/*profile", DebugRoutes::pprof));
  }

  private static void toIndex(WebRequest request, WebResponse response) throws IOException {
    response.redirect(request.externalPathPrefix() + "/debug/");
  }

  private static void index(WebRequest request, WebResponse response) throws IOException {
    Answers.secure(response).send(Answers.TEXT, INDEX);
  }

  /** Where Go programs have their profiles: tools that ask there learn what there is. */
  private static void pprof(WebRequest request, WebResponse response) throws IOException {
    String debug = request.parameter("debug");
    if (request.pathParameter("profile").equals("goroutine")
        && (debug.equals("1") || debug.equals("2"))) {
      // Wished as a text for people, which a dump of threads is as well.
      response.redirect(request.externalPathPrefix() + "/debug/threads");
      return;
    }
    Answers.secure(response)
        .status(501)
        .send(Answers.TEXT, NO_GO.formatted(request.externalPathPrefix()));
  }
}
