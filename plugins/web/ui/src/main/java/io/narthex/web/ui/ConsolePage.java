package io.narthex.web.ui;

import io.narthex.api.model.Quoting;
import io.narthex.api.template.Template;
import io.narthex.api.template.TemplateEngine;
import io.narthex.api.template.TemplateException;
import io.narthex.api.template.TemplateFunction;
import io.narthex.api.template.TemplateLimits;
import io.narthex.api.template.TemplateOptions;
import io.narthex.api.template.TemplateOptions.MissingKey;
import io.narthex.api.template.Templates;
import io.narthex.api.web.HttpError;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/** Makes a page of a console template and the libraries, with Prometheus's words where it fails. */
final class ConsolePage {
  /** What consoles are written in. */
  static final String LANGUAGE = "gotemplate";

  /** As long as a query may take. */
  static final Duration TIME = Duration.ofMinutes(2);

  private static final TemplateLimits LIMITS =
      new TemplateLimits(
          TemplateLimits.DEFAULT.depth(),
          TemplateLimits.DEFAULT.output(),
          TemplateLimits.DEFAULT.steps(),
          TIME);

  private static final TemplateOptions OPTIONS =
      TemplateOptions.DEFAULT
          .withFunctionSet("prometheus")
          .withMissingKey(MissingKey.ZERO)
          .withLimits(LIMITS);

  private final TemplateEngine engine;
  private final String libraries;
  private final URI externalUrl;

  /**
   * Makes one.
   *
   * @param libraries the directory of the files {@code *.lib}
   * @param externalUrl without a slash at its end
   */
  ConsolePage(TemplateEngine engine, String libraries, URI externalUrl) {
    this.engine = engine;
    this.libraries = libraries;
    this.externalUrl = externalUrl;
  }

  /**
   * Makes the page.
   *
   * @param text of the template
   * @throws HttpError 500 with what is wrong with the template, or with a library
   */
  String make(String text, ConsoleData data, ConsoleQueries queries) throws HttpError {
    String name = "__console_/" + data.path();
    Map<String, String> sources = new LinkedHashMap<>();
    sources.put(name, ConsoleData.PROLOGUE + text);
    Templates templates;
    try {
      addLibraries(sources);
      templates = engine.parse(sources, OPTIONS.withFunctions(functions(queries)));
    } catch (TemplateException e) {
      String message = String.valueOf(e.getMessage());
      String what = message.startsWith("template: " + name + ":") ? "" : "files for ";
      throw failed("parsing template " + what + name, message);
    }
    try {
      // The libraries come after the page: what both define is theirs. So the page is one of the
      // set, and is called by its name.
      Template call =
          templates.compile(" ", "{{template " + Quoting.quote(name) + " .}}", Templates.Kind.HTML);
      return call.expand(data);
    } catch (TemplateException e) {
      throw failed("executing template " + name, String.valueOf(e.getMessage()));
    }
  }

  private static HttpError failed(String doing, String message) {
    return new HttpError(500, "error " + doing + ": " + message);
  }

  /** Adds the files in the order of their names. No directory is none of them. */
  private void addLibraries(Map<String, String> sources) throws TemplateException {
    if (libraries.isEmpty()) {
      return;
    }
    TreeSet<String> names = new TreeSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of(libraries), "*.lib")) {
      files.forEach(file -> names.add(String.valueOf(file.getFileName())));
    } catch (IOException | DirectoryIteratorException | InvalidPathException e) {
      return;
    }
    for (String name : names) {
      if (name.startsWith(".")) {
        continue;
      }
      try {
        sources.put(name, ConsoleFile.read(libraries, name));
      } catch (HttpError e) {
        throw new TemplateException(String.valueOf(e.getMessage()), e);
      }
    }
  }

  private Map<String, TemplateFunction> functions(ConsoleQueries queries) {
    String path = externalUrl.getPath();
    return Map.of(
        "query", arguments -> queries.run(String.valueOf(arguments.getFirst())),
        "externalURL", arguments -> externalUrl.toString(),
        "pathPrefix", arguments -> path == null ? "" : path,
        "now", arguments -> queries.time() / 1000.0);
  }
}
