package io.narthex.kernel.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.web.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RouterTest {
  private static Router router(String... paths) {
    List<Router.Entry> entries = new ArrayList<>();
    for (String path : paths) {
      String[] parts = path.split(" ");
      entries.add(
          new Router.Entry(
              new Route(Set.of(parts[0].split(",")), parts[1], (q, r) -> {}, 1),
              parts.length > 2 ? parts[2] : "plugin",
              parts.length > 2 && parts[2].equals("kernel")));
    }
    return new Router(entries);
  }

  private static String find(Router router, String method, String path) {
    return switch (router.find(method, UrlText.split(path))) {
      case Router.Found found -> {
        Map<String, String> sorted = new java.util.TreeMap<>(found.parameters());
        yield found.entry().route().path() + sorted;
      }
      case Router.WrongMethod wrong -> wrong.allowed().toString();
      case Router.NotFound none -> "none";
    };
  }

  @Test
  void prefersLiteralsToNamesAndNamesToTheRest() {
    Router router = router("GET /a/b", "GET /a/:x", "GET /a/*rest", "GET /*all", "GET /");
    assertThat(find(router, "GET", "/a/b")).isEqualTo("/a/b{}");
    assertThat(find(router, "GET", "/a/c")).isEqualTo("/a/:x{x=c}");
    assertThat(find(router, "GET", "/a/c/d")).isEqualTo("/a/*rest{rest=c/d}");
    assertThat(find(router, "GET", "/a/b/d")).isEqualTo("/a/*rest{rest=b/d}");
    assertThat(find(router, "GET", "/b/b")).isEqualTo("/*all{all=b/b}");
    assertThat(find(router, "GET", "/")).isEqualTo("/{}");
    assertThat(find(router, "GET", "/a")).isEqualTo("/a/*rest{rest=}");
  }

  @Test
  void triesTheNextBestWhereTheMethodDoesNotFit() {
    Router router = router("POST /a/b", "GET /a/:x", "PUT /c");
    assertThat(find(router, "GET", "/a/b")).isEqualTo("/a/:x{x=b}");
    assertThat(find(router, "HEAD", "/a/b")).isEqualTo("/a/:x{x=b}");
    assertThat(find(router, "DELETE", "/a/b")).isEqualTo("[GET, HEAD, POST]");
    assertThat(find(router, "GET", "/c")).isEqualTo("[PUT]");
    assertThat(find(router, "GET", "/d")).isEqualTo("none");
    assertThat(find(router, "GET", "/a/")).isEqualTo("none");
  }

  @Test
  void letsThePluginWinOverTheKernelAndReportsTwoPlugins() {
    Router router =
        router(
            "GET /a/:x one", "GET,POST /a/:y two", "GET /-/healthy one", "GET /-/healthy kernel");
    assertThat(router.conflicts()).hasSize(1);
    assertThat(router.conflicts().get(0).first().owner()).isEqualTo("one");
    assertThat(router.conflicts().get(0).second().owner()).isEqualTo("two");
    assertThat(find(router, "POST", "/a/1")).isEqualTo("/a/:y{y=1}");
  }

  @Test
  void listsWhatAnswersAndNothingThatStandsBehind() {
    Router router =
        router(
            "GET /a/:x one", "GET,POST /a/:y two", "GET /-/healthy one", "GET /-/healthy kernel");

    assertThat(router.routes())
        .map(route -> route.methods() + " " + route.path())
        .containsExactly("[GET] /a/:x", "[POST] /a/:y", "[GET] /-/healthy");
  }

  @Test
  void givesARestNoSegmentsThatWereEscaped() {
    Router router = router("GET /files/*path");
    assertThat(router.find("GET", List.of("files", "a", "../b")))
        .isInstanceOf(Router.NotFound.class);
    assertThat(router.find("GET", List.of("files", "a\\b"))).isInstanceOf(Router.NotFound.class);
  }
}
