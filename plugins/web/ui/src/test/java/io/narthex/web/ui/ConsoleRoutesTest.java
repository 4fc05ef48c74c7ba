package io.narthex.web.ui;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.access.Access;
import io.narthex.api.access.QueryLimits;
import io.narthex.api.access.QueryTurns;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.FakeSnapshot;
import io.narthex.api.config.GlobalConfig;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.plugin.FakeExtensions;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.query.InstantQuery;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryEngineContext;
import io.narthex.api.query.QueryEngineProvider;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryOrigin;
import io.narthex.api.query.QueryResult;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageContext;
import io.narthex.api.storage.StorageProvider;
import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import io.narthex.api.web.Route;
import io.narthex.api.web.Routes.MenuEntry;
import io.narthex.query.promql.PromqlProvider;
import io.narthex.storage.memory.MemoryStorageProvider;
import io.narthex.template.gotemplate.GoTemplateEngine;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConsoleRoutesTest {
  private static final Instant NOW = Instant.parse("2026-11-20T10:00:00.250Z");

  @TempDir Path directory;
  private Path consoles;
  private Path libraries;
  private Storage storage;
  private QueryEngine promql;
  private final FakeExtensions extensions = new FakeExtensions(new GoTemplateEngine());
  private final QueryTurns turns = new QueryTurns();
  private final Map<String, Object> sections = new HashMap<>();

  /** The engine that is asked; what it was asked goes into {@link #asked}. */
  private @Nullable QueryEngine engine;

  private final List<InstantQuery> asked = new ArrayList<>();
  private Runnable beforeQuery = () -> {};

  @BeforeEach
  void fill() throws Exception {
    consoles = Files.createDirectory(directory.resolve("consoles"));
    libraries = Files.createDirectory(directory.resolve("libraries"));
    sections.put(ConsolesSection.KEY, new Consoles(consoles.toString(), libraries.toString()));
    Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
    storage = create(new MemoryStorageProvider(new PrometheusRegistry(), clock));
    storage.start();
    promql = create(new PromqlProvider(extensions, new Configuration(), new PrometheusRegistry()));
    engine = listening(promql);
    store(1, "__name__", "up", "job", "shop", "instance", "b");
    store(0, "__name__", "up", "job", "hush", "instance", "a");
  }

  @AfterEach
  void close() throws Exception {
    promql.close();
    storage.close();
  }

  private static <C> QueryEngine create(QueryEngineProvider<C> provider) {
    return provider.create(
        Defaults.of(provider.configType()), new QueryEngineContext(Path.of("target"), Set.of()));
  }

  private static <C> Storage create(StorageProvider<C> provider) {
    return provider.create(
        Defaults.of(provider.configType()), new StorageContext(Path.of(""), 10, Set.of()));
  }

  /** An engine that notes what it is asked. */
  private QueryEngine listening(QueryEngine real) {
    return (QueryEngine)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {QueryEngine.class},
            (proxy, method, arguments) -> {
              assertThat(method.getName()).isEqualTo("instant");
              InstantQuery query = (InstantQuery) arguments[1];
              asked.add(query);
              beforeQuery.run();
              return instant(real, (Storage) arguments[0], query);
            });
  }

  private static QueryResult instant(QueryEngine real, Storage of, InstantQuery query)
      throws QueryException {
    return real.instant(of, query);
  }

  private void store(double value, String... labels) throws Exception {
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      AppendBatch batch = new AppendBatch(1);
      batch.add(appender.series(Labels.of(labels)), NOW.toEpochMilli() - 1000, value);
      AppendErrors errors = new AppendErrors();
      appender.append(batch, errors);
      assertThat(errors.isEmpty()).isTrue();
      appender.commit();
    }
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(consoles.resolve(file), text);
  }

  private ConsoleRoutes routes() {
    return new ConsoleRoutes(
        () -> Optional.ofNullable(engine),
        () -> Optional.ofNullable(storage),
        extensions,
        new Configuration(),
        new FakeHost(),
        turns,
        Clock.fixed(NOW, ZoneOffset.UTC));
  }

  private static FakeRequest request(String file) {
    return FakeRequest.get("/consoles/" + file).withPath("file", file);
  }

  private FakeResponse send(FakeRequest request) throws Exception {
    Route route = routes().routes().getFirst();
    assertThat(route.audience()).isEqualTo(Route.Audience.FILTERED);
    return request.send(route.handler());
  }

  private String page(String text) throws Exception {
    write("p.html", text);
    return send(request("p.html")).answer();
  }

  @Test
  void makesAPageOfTheTemplate() throws Exception {
    write(
        "p.html", "<p>{{ $path }}|{{ .Params.x }}|{{ $externalLabels.dc }}|{{ externalURL }}</p>");
    FakeResponse response = send(request("p.html").with("x", "<1>", "2"));
    assertThat(response.answer())
        .isEqualTo("200 <p>p.html|&lt;1&gt;|&#34;east&#34;|http://localhost:9090</p>");
    assertThat(response.headers())
        .containsEntry("Content-Type", "text/html; charset=utf-8")
        .containsEntry("X-Content-Type-Options", "nosniff");
  }

  @Test
  void knowsAllValuesOfParameters() throws Exception {
    write(
        "p.html",
        "{{ range .RawParams.x }}{{ . }};{{ end }} {{ $rawParams.Get \"x\" }} {{ $rawParams.Has"
            + " \"y\" }} {{ $params.y }} {{ .RawParams }} {{ .RawParams.Encode }}");
    assertThat(send(request("p.html").with("x", "1", "~ &*").with("z", "")).answer())
        .isEqualTo(
            "200 1;~ &amp;*; 1 false  map[x:[1 ~ &amp;*] z:[]] x=1&amp;x=~&#43;%26%2A&amp;z=");
  }

  @Test
  void asksTheEngineAtOneTimeForTheReader() throws Exception {
    write(
        "p.html",
        "{{ range query \"up\" | sortByLabel \"instance\" }}{{ .Labels.job }}={{ . |"
            + " value }} {{ end }}{{ query \"1.5\" | first | value }} {{ now }}");
    Access alice = new Access("alice", List.of(), new QueryLimits(100, Duration.ofSeconds(7), 1));
    assertThat(send(request("p.html").withAccess(alice).withPrefix("/pre")).answer())
        .isEqualTo("200 hush=0 shop=1 1.5 1.79516880025e&#43;09");
    assertThat(asked).extracting(InstantQuery::query).containsExactly("up", "1.5");
    for (InstantQuery query : asked) {
      assertThat(query.time()).isEqualTo(NOW.toEpochMilli());
      assertThat(query.options().user()).isEqualTo("alice");
      assertThat(query.options().limits()).isEqualTo(alice.limits());
      assertThat(query.options().timeout()).isPositive().isLessThanOrEqualTo(ConsolePage.TIME);
      assertThat(query.options().source())
          .isEqualTo(new QueryOrigin.HttpRequest("127.0.0.1", "GET", "/pre/consoles/p.html"));
    }
  }

  @Test
  void showsRestrictedReadersNothingThatIsHidden() throws Exception {
    write("p.html", "{{ range query \"up or count(up)\" }}{{ .Labels }}={{ .Value }} {{ end }}");
    List<List<Matcher>> shop = List.of(List.of(Matcher.equal("job", "shop")));
    Access viewer = new Access("viewer", shop, QueryLimits.NONE);
    assertThat(send(request("p.html")).answer()).contains("hush");
    assertThat(send(request("p.html").withAccess(viewer)).answer())
        .isEqualTo("200 map[__name__:up instance:b job:shop]=1 map[]=1");
  }

  @Test
  void countsAPageAsOneQueryOfItsReader() throws Exception {
    write("p.html", "{{ query \"1\" }}{{ query \"2\" }}");
    Access one = new Access("alice", List.of(), new QueryLimits(0, Duration.ZERO, 1));
    assertThat(send(request("p.html").withAccess(one)).status()).isEqualTo(200);
    try (QueryTurns.Turn turn = turns.begin(one)) {
      FakeResponse refused = send(request("p.html").withAccess(one));
      assertThat(refused.answer())
          .isEqualTo(
              "429 too many queries at a time: the limit of user \"alice\" is 1, try again when one"
                  + " has ended");
      assertThat(refused.headers()).containsEntry("Retry-After", "1");
    }
    assertThat(turns.running("alice")).isZero();
    page("{{ query \"(\" }}");
    assertThat(turns.running("")).isZero();
  }

  @Test
  void readsAllLibrariesAfterThePage() throws Exception {
    Files.writeString(libraries.resolve("b.lib"), "{{ define \"two\" }}b{{ . }}{{ end }}");
    Files.writeString(
        libraries.resolve("a.lib"),
        "{{ define \"one\" }}[{{ template \"two\" . }}]{{ end }}{{ define \"two\" }}a{{ end }}");
    Files.writeString(libraries.resolve("c.txt"), "{{ broken");
    assertThat(page("{{ template \"one\" .Path }}{{ tmpl \"two\" \"<\" }}"))
        .isEqualTo("200 [bp.html]b&lt;");
    // As with Prometheus: what both define is the library's.
    assertThat(page("{{ define \"two\" }}page{{ end }}{{ template \"two\" 1 }}"))
        .isEqualTo("200 b1");
  }

  @Test
  void goesWithoutLibrariesWhenThereAreNone() throws Exception {
    for (String none : List.of("", "a\0b", directory.resolve("nothing").toString())) {
      sections.put(ConsolesSection.KEY, new Consoles(consoles.toString(), none));
      assertThat(page("x")).isEqualTo("200 x");
    }
  }

  @Test
  void readsFilesAsKubernetesMountsThem() throws Exception {
    Path version = Files.createDirectory(consoles.resolve("..2026_11_20_10_00_00.1"));
    Files.writeString(version.resolve("k.html"), "mounted");
    Files.createSymbolicLink(consoles.resolve("..data"), version.getFileName());
    Files.createSymbolicLink(consoles.resolve("k.html"), Path.of("..data", "k.html"));
    assertThat(send(request("k.html")).answer()).isEqualTo("200 mounted");
    assertThat(send(request("..data/k.html")).status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nothing.html",
        ".hidden.html",
        ".git/config.html",
        "shown.html",
        "out.html",
        "up/secret.html",
        "broken.html",
        "../secret.html",
        "sub/../../secret.html",
        "p.html/more",
        "/etc/passwd",
        "//etc/passwd"
      })
  void showsNoOtherFile(String file) throws Exception {
    write("p.html", "page");
    write(".hidden.html", "secret");
    Files.writeString(directory.resolve("secret.html"), "secret");
    Files.createDirectory(consoles.resolve("sub"));
    Files.writeString(
        Files.createDirectory(consoles.resolve(".git")).resolve("config.html"), "secret");
    Files.createSymbolicLink(consoles.resolve("out.html"), directory.resolve("secret.html"));
    Files.createSymbolicLink(consoles.resolve("up"), directory);
    Files.createSymbolicLink(consoles.resolve("shown.html"), consoles.resolve(".hidden.html"));
    Files.createSymbolicLink(consoles.resolve("broken.html"), consoles.resolve("nowhere"));
    String below = Path.of("/" + file).normalize().toString();
    FakeResponse response = send(request(file));
    assertThat(response.answer())
        .isEqualTo("404 open " + consoles + below + ": no such file or directory");
  }

  @Test
  void refusesWhatIsNoFile() throws Exception {
    assertThat(send(request("a\0b")).answer()).isEqualTo("404 http: invalid or unsafe file path");
    assertThat(send(request("")).answer()).isEqualTo("500 read " + consoles + ": is a directory");
    sections.put(ConsolesSection.KEY, new Consoles("", ""));
    assertThat(send(request("p.html")).answer())
        .isEqualTo("404 open p.html: no such file or directory");
  }

  @Test
  void refusesALibraryThatLeadsOut() throws Exception {
    Files.writeString(directory.resolve("secret"), "secret");
    Files.createSymbolicLink(libraries.resolve("x.lib"), directory.resolve("secret"));
    assertThat(page("{{ template \"x.lib\" }}"))
        .isEqualTo(
            "500 error parsing template files for __console_/p.html: open "
                + libraries.resolve("x.lib")
                + ": no such file or directory");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{{ foo }} | parsing template __console_/p.html: template: __console_/p.html:1: function"
            + " \"foo\" not defined",
        "{{ if } | parsing template __console_/p.html: template: __console_/p.html:1: unexpected"
            + " \"}\" in if",
        "{{ query \"(\" }} | executing template __console_/p.html: template:"
            + " __console_/p.html:1:110: executing \"__console_/p.html\" at <query \"(\">: error"
            + " calling query: 1:2: parse error: unclosed left parenthesis",
        "{{ query \"\\\"a\\\"\" }} | executing template __console_/p.html: template:"
            + " __console_/p.html:1:110: executing \"__console_/p.html\" at <query \"\\\"a\\\"\">:"
            + " error calling query: rule result is not a vector or scalar",
        "{{ .Nothing }} | executing template __console_/p.html: template:"
            + " __console_/p.html:1:110: executing \"__console_/p.html\" at <.Nothing>: can't"
            + " evaluate field Nothing in type struct { RawParams url.Values; Params"
            + " map[string]string; Path string; ExternalLabels map[string]string }",
        "{{ template \"none\" }} | executing template __console_/p.html: html/template:"
            + "__console_/p.html:1:119: no such template \"none\"",
        "<a href='{{ if 1 }}'>{{ end }} | executing template __console_/p.html: html/template:"
            + "__console_/p.html:1:122: {{if}} branches end in different contexts: {stateText"
            + " delimNone urlPartNone jsCtxRegexp attrNone elementNone <nil>}, {stateURL"
            + " delimSingleQuote urlPartNone jsCtxRegexp attrURL elementNone <nil>}",
      })
  void saysWhatIsWrongWithTheTemplate(String text, String message) throws Exception {
    assertThat(page(text)).isEqualTo("500 error " + message);
  }

  @Test
  void saysWhatIsWrongWithALibrary() throws Exception {
    Files.writeString(libraries.resolve("x.lib"), "\n{{ foo }}");
    assertThat(page("x"))
        .isEqualTo(
            "500 error parsing template files for __console_/p.html: template: x.lib:2: function"
                + " \"foo\" not defined");
  }

  @Test
  void endsAPageThatNeverEnds() throws Exception {
    assertThat(page("{{ define \"t\" }}{{ template \"t\" }}{{ end }}{{ template \"t\" }}"))
        .startsWith("500 error executing template __console_/p.html: ");
  }

  @Test
  void stopsWhenTheReaderLeaves() throws Exception {
    write("p.html", "{{ query \"1\" }}{{ range $i := 2000000000 }}{{ end }}");
    FakeRequest request = request("p.html");
    beforeQuery = request::disconnect;
    FakeResponse response = send(request);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(response.status()).isEqualTo(500);
    request("p.html").disconnect();
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void leavesTheThreadAloneOnceThePageIsMade() throws Exception {
    write("p.html", "x");
    FakeRequest request = request("p.html");
    assertThat(send(request).status()).isEqualTo(200);
    request.disconnect();
    assertThat(Thread.interrupted()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "p.html, x, text/html; charset=utf-8",
    "p.HTM, x, text/html; charset=utf-8",
    "p, ' <b>x', text/html; charset=utf-8",
    "p.txt, x, text/plain; charset=utf-8",
    "p.js, x, text/plain; charset=utf-8",
  })
  void tellsPagesFromTexts(String file, String text, String type) throws Exception {
    write(file, text);
    assertThat(send(request(file)).headers()).containsEntry("Content-Type", type);
  }

  @Test
  void waitsForWhatPagesNeed() throws Exception {
    write("p.html", "x");
    engine = null;
    assertThat(send(request("p.html")).answer()).isEqualTo("503 there is none");
    engine = listening(promql);
    extensions.go(extensions.all(GoTemplateEngine.class).getFirst());
    assertThat(send(request("p.html")).answer())
        .isEqualTo("503 no template engine is installed (plugin template-gotemplate)");
  }

  @Test
  void isInTheMenuWhenThereIsAPageToBeginWith() throws Exception {
    assertThat(routes().menu()).isEmpty();
    Path assets = Files.createDirectory(directory.resolve("assets"));
    Files.writeString(assets.resolve("index.html"), "");
    sections.put(UserAssetsSection.KEY, new UserAssets(assets.toString()));
    assertThat(routes().menu()).containsExactly(new MenuEntry("Consoles", "/user/index.html", 700));
    write("index.html", "");
    assertThat(routes().menu())
        .containsExactly(new MenuEntry("Consoles", "/consoles/index.html", 700));
  }

  private final class Configuration implements RunningConfiguration {
    @Override
    public String yaml() {
      return "";
    }

    @Override
    public Map<String, String> flags() {
      return Map.of();
    }

    @Override
    public ConfigSnapshot snapshot() {
      GlobalConfig d = Defaults.of(GlobalConfig.class);
      GlobalConfig global =
          new GlobalConfig(
              d.scrapeInterval(),
              d.scrapeTimeout(),
              null,
              "",
              false,
              d.evaluationInterval(),
              d.ruleQueryOffset(),
              Map.of("dc", "\"east\""),
              "",
              d.bodySizeLimit(),
              0,
              0,
              0,
              0,
              0,
              0,
              d.metricNameValidationScheme(),
              d.metricNameEscapingScheme(),
              false,
              false,
              null);
      return new FakeSnapshot(sections, global, Path.of(""));
    }

    @Override
    public Instant loadedAt() {
      return Instant.EPOCH;
    }

    @Override
    public boolean lastLoadSucceeded() {
      return true;
    }
  }
}
