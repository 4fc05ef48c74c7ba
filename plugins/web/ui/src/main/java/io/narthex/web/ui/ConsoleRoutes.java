package io.narthex.web.ui;

import io.narthex.api.access.QueryTurns;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.storage.Storage;
import io.narthex.api.template.TemplateEngine;
import io.narthex.api.web.HttpError;
import io.narthex.api.web.Interruption;
import io.narthex.api.web.Route;
import io.narthex.api.web.Routes;
import io.narthex.api.web.WebHost;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.pf4j.Extension;

/** Serves the pages of {@link Consoles}, each made anew when it is asked for. */
@Extension
public final class ConsoleRoutes implements Routes {
  private static final String INDEX = "index.html";
  private static final String TEXT = "text/plain; charset=utf-8";

  private final Current<QueryEngine> engine;
  private final Current<Storage> storage;
  private final Extensions extensions;
  private final RunningConfiguration configuration;
  private final WebHost host;
  private final QueryTurns turns;
  private final Clock clock;

  /** Made by the kernel. */
  @Inject
  public ConsoleRoutes(
      Current<QueryEngine> engine,
      Current<Storage> storage,
      Extensions extensions,
      RunningConfiguration configuration,
      WebHost host,
      QueryTurns turns,
      Clock clock) {
    this.engine = engine;
    this.storage = storage;
    this.extensions = extensions;
    this.configuration = configuration;
    this.host = host;
    this.turns = turns;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    return List.of(Route.get("/consoles/*file", this::console).audience(Route.Audience.FILTERED));
  }

  /** A page to begin with: the consoles' own, or else that of {@link UserAssets}. */
  @Override
  public List<MenuEntry> menu() {
    if (isFile(consoles().templates())) {
      return List.of(new MenuEntry("Consoles", "/consoles/" + INDEX, 700));
    }
    String assets =
        configuration
            .snapshot()
            .section(UserAssetsSection.KEY, UserAssets.class)
            .map(UserAssets::directory)
            .orElse("");
    return isFile(assets) ? List.of(new MenuEntry("Consoles", "/user/" + INDEX, 700)) : List.of();
  }

  private static boolean isFile(String directory) {
    return PublicDirectory.find(directory, INDEX).filter(Files::isRegularFile).isPresent();
  }

  private Consoles consoles() {
    return configuration
        .snapshot()
        .section(ConsolesSection.KEY, Consoles.class)
        .orElseGet(() -> new Consoles("", ""));
  }

  private void console(WebRequest request, WebResponse response) throws IOException {
    response.header("X-Content-Type-Options", "nosniff");
    Consoles consoles = consoles();
    String file = request.pathParameter("file").replaceFirst("^/+", "");
    String text = ConsoleFile.read(consoles.templates(), file);
    ConsolePage page = new ConsolePage(templateEngine(), consoles.libraries(), host.externalUrl());
    ConsoleQueries queries =
        new ConsoleQueries(
            needed(engine), needed(storage), request, clock.millis(), ConsolePage.TIME);
    String html;
    try (Interruption interruption = Interruption.of(request);
        QueryTurns.Turn turn = turns.begin(request.access())) {
      html = page.make(text, data(request, file), queries);
    } catch (QueryTurns.TooManyQueriesException e) {
      response.status(429).header("Retry-After", "1").send(TEXT, e.getMessage() + "\n");
      return;
    }
    response.send(isHtml(file, html) ? "text/html; charset=utf-8" : TEXT, html);
  }

  private ConsoleData data(WebRequest request, String file) {
    UrlValues raw = new UrlValues(request.queryParameters());
    Map<String, String> params = new HashMap<>();
    for (String name : raw.values().keySet()) {
      params.put(name, raw.first(name));
    }
    return new ConsoleData(raw, params, file, configuration.snapshot().global().externalLabels());
  }

  private TemplateEngine templateEngine() throws HttpError {
    return extensions.all(TemplateEngine.class).stream()
        .filter(template -> template.name().equals(ConsolePage.LANGUAGE))
        .findFirst()
        .orElseThrow(() ->
            new HttpError(503, "no template engine is installed (plugin template-gotemplate)"));
  }

  private static <T> T needed(Current<T> current) throws HttpError {
    try {
      return current.get();
    } catch (IllegalStateException e) {
      throw new HttpError(503, String.valueOf(e.getMessage()));
    }
  }

  /** By its name, or as Prometheus finds out: what begins with a tag. */
  private static boolean isHtml(String file, String text) {
    String name = file.toLowerCase(Locale.ROOT);
    return name.endsWith(".html") || name.endsWith(".htm") || text.stripLeading().startsWith("<");
  }
}
