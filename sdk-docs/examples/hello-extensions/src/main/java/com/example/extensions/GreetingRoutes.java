package com.example.extensions;

import io.narthex.api.plugin.Current;
import io.narthex.api.storage.Storage;
import io.narthex.api.web.HttpError;
import io.narthex.api.web.Route;
import io.narthex.api.web.Routes;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import jakarta.inject.Inject;
import java.io.IOException;
import java.util.List;
import org.pf4j.Extension;

/** {@code /greeting/:name}, and an entry in the menu of the pages. */
@Extension
public final class GreetingRoutes implements Routes {
  private final Greeter greeter;
  private final Current<Storage> storage;

  /** Made by the kernel; another extension of the same plugin may be asked for by its class. */
  @Inject
  public GreetingRoutes(Greeter greeter, Current<Storage> storage) {
    this.greeter = greeter;
    this.storage = storage;
  }

  @Override
  public List<Route> routes() {
    return List.of(Route.get("/greeting/:name", this::greet));
  }

  @Override
  public List<MenuEntry> menu() {
    return List.of(new MenuEntry("Greeting", "/greeting/world", 100));
  }

  private void greet(WebRequest request, WebResponse response) throws IOException {
    String name = request.pathParameter("name");
    if (name.length() > 50) {
      throw new HttpError(
          400, "cannot greet: got " + name.length() + " characters, want 50 at most");
    }
    // Asked for each time, and not kept: its plugin may be replaced.
    String latest = storage.find().map(s -> Long.toString(s.maxTime())).orElse("none");
    response.send(
        "text/plain; charset=utf-8",
        greeter.text() + " " + name + ", the latest sample is of " + latest + "\n");
  }
}
