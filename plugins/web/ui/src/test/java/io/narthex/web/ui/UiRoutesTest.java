package io.narthex.web.ui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import io.narthex.api.web.HttpError;
import io.narthex.api.web.Route;
import io.narthex.api.web.Routes.MenuEntry;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UiRoutesTest {
  private final FakeHost host = new FakeHost();
  private final UiRoutes routes = new UiRoutes(host);
  private final FakeRequest request = FakeRequest.get("/");
  private final FakeResponse response = new FakeResponse();

  @BeforeEach
  void putOwnEntriesIntoTheMenu() {
    host.entries.addAll(routes.menu());
  }

  @ParameterizedTest
  @CsvSource({
    "/, query.js, ./query",
    "/query, query.js, ./query",
    "/targets, targets.js, ./targets",
    "/plugins, plugins.js, ./plugins"
  })
  void servesEachPageWithItsScriptAndItsPlaceInTheMenu(String path, String script, String current)
      throws Exception {
    call(path);

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.headers()).containsEntry("Content-Type", "text/html; charset=utf-8");
    assertThat(response.text())
        .startsWith("<!doctype html>")
        .contains("/" + script + "\"></script>")
        .contains("<a href=\"" + current + "\" aria-current=\"page\">")
        .containsOnlyOnce("aria-current");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/query", "/targets", "/plugins"})
  void putsTheTitleOfTheServerBehindThatOfThePage(String path) throws Exception {
    host.title = "<Mine> & $1 <!-- menu -->";

    call(path);

    assertThat(response.text())
        .containsPattern(
            "<title>\\w+ · &lt;Mine&gt; &amp; \\$1 &lt;!-- menu --&gt;</title>\\s*<link")
        .doesNotContain("· Narthex");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/query", "/targets", "/plugins", "/graph", "/favicon.ico"})
  void sendsSecurityHeadersWithEverything(String path) throws Exception {
    call(path);

    assertThat(response.headers())
        .containsEntry("X-Content-Type-Options", "nosniff")
        .containsEntry("Referrer-Policy", "same-origin");
    assertThat(response.headers().get("Content-Security-Policy"))
        .contains("default-src 'self'", "frame-ancestors 'self'", "object-src 'none'")
        .doesNotContain("unsafe");
  }

  @Test
  void redirectsTheOldGraphPageKeepingItsQuery() throws Exception {
    request.withPrefix("/prom");
    request.with("g0.expr", "sum(rate(x[5m])) & \"ü\"\r\n");
    request.with("g0.tab", "0");

    call("/graph");

    assertThat(response.status()).isEqualTo(302);
    assertThat(response.headers())
        .containsEntry(
            "Location",
            "/prom/query?g0.expr=sum%28rate%28x%5B5m%5D%29%29+%26+%22%C3%BC%22%0D%0A&g0.tab=0");
  }

  @Test
  void redirectsTheOldGraphPageWithoutAQuery() throws Exception {
    call("/graph");

    assertThat(response.headers()).containsEntry("Location", "/query");
  }

  @Test
  void letsBrowsersKeepAssetsUnderTheVersionThatPagesName() throws Exception {
    call("/query");
    Matcher link = Pattern.compile("\"assets/([^/\"]+)/narthex.css\"").matcher(response.text());
    assertThat(link.find()).isTrue();
    FakeResponse css = new FakeResponse();

    asset(link.group(1), "narthex.css", css);

    assertThat(css.headers())
        .containsEntry("Content-Type", "text/css; charset=utf-8")
        .containsEntry("Cache-Control", "public, max-age=31536000, immutable")
        .containsEntry("X-Content-Type-Options", "nosniff");
    assertThat(css.text()).contains("--accent");
  }

  @Test
  void servesAnotherVersionsAssetsWithoutLettingThemBeKept() throws Exception {
    asset("0123456789abcdef", "query.js", response);

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.headers())
        .containsEntry("Content-Type", "text/javascript; charset=utf-8")
        .containsEntry("Cache-Control", "no-cache");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nothing.js",
        "",
        ".",
        "..",
        "../pages/query.html",
        "..\\UiRoutes.class",
        "/etc/passwd",
        "query.js/",
        "UiRoutes.class",
        "\0"
      })
  void findsNothingBesidesTheAssets(String name) {
    assertThatThrownBy(() -> asset("v", name, response))
        .isInstanceOfSatisfying(HttpError.class, e -> assertThat(e.status()).isEqualTo(404));
  }

  @ParameterizedTest
  @ValueSource(strings = {"%s", "W/%s", "\"other\", W/%s", "*"})
  void saysNotModifiedWhereTheClientHasIt(String pattern) throws Exception {
    call("/targets");
    String etag = response.headers().get("ETag");
    FakeResponse again = new FakeResponse();
    request.withHeader("If-None-Match", pattern.formatted(etag));

    call("/targets", again);

    assertThat(again.status()).isEqualTo(304);
    assertThat(again.bytes()).isEmpty();
    assertThat(again.headers()).containsEntry("ETag", etag).containsKey("Cache-Control");
  }

  @Test
  void sendsAPageAnewWhenAPluginBringsAnotherEntry() throws Exception {
    call("/query");
    request.withHeader("If-None-Match", response.headers().get("ETag"));
    host.entries.add(new MenuEntry("Silences", "/alertmanager/silences", 500));
    FakeResponse again = new FakeResponse();

    call("/query", again);

    assertThat(again.status()).isEqualTo(200);
    assertThat(again.text()).contains("<a href=\"./alertmanager/silences\">Silences</a>");
  }

  @Test
  void keepsTheMenuHarmlessWhateverPluginsPutThere() throws Exception {
    host.entries.add(new MenuEntry("<script>1</script>", "/javascript:alert(1)", 1));
    host.entries.add(new MenuEntry("b", "//evil.example/\"onclick=\"x", 2));

    call("/query");

    assertThat(response.text())
        .contains("<a href=\"./javascript:alert(1)\">&lt;script&gt;1&lt;/script&gt;</a>")
        .contains("<a href=\"./evil.example/&quot;onclick=&quot;x\">b</a>");
  }

  private void call(String path) throws Exception {
    call(path, response);
  }

  private void call(String path, FakeResponse response) throws Exception {
    route(path).handler().handle(request, response);
  }

  private void asset(String version, String name, FakeResponse response) throws Exception {
    request.withPath("version", version);
    request.withPath("name", name);
    route("/assets/:version/:name").handler().handle(request, response);
  }

  private Route route(String path) {
    return routes.routes().stream().filter(r -> r.path().equals(path)).findFirst().orElseThrow();
  }

  @Test
  void showsItsPagesToEverybody() {
    assertThat(routes.routes()).allMatch(route -> route.audience() == Route.Audience.ALL);
  }
}
