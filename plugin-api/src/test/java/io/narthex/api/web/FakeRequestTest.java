package io.narthex.api.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.access.Access;
import io.narthex.api.access.QueryLimits;
import io.narthex.api.model.Matcher;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FakeRequestTest {
  private static Route route(String path) {
    return Route.get(path, (request, response) -> response.send("text/plain", path));
  }

  @Test
  void choosesTheRouteThatTheKernelWould() throws Exception {
    List<Route> routes =
        List.of(route("/*rest"), route("/a/:name"), route("/a/b"), route("/a/:name/*more"));

    assertThat(FakeRequest.get("/a/b").send(routes).text()).isEqualTo("/a/b");
    assertThat(FakeRequest.get("/a/c").send(routes).text()).isEqualTo("/a/:name");
    assertThat(FakeRequest.get("/a/b/c").send(routes).text()).isEqualTo("/a/:name/*more");
    assertThat(FakeRequest.get("/a").send(routes).text()).isEqualTo("/*rest");
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> FakeRequest.of("PUT", "/a/b").send(routes))
        .withMessage("no route for PUT /a/b");
  }

  @Test
  void givesWhatStandsInThePlaceOfNames() throws Exception {
    Handler names =
        (request, response) ->
            response.send(
                "text/plain", request.pathParameter("one") + "|" + request.pathParameter("rest"));
    List<Route> routes = List.of(Route.get("/a/:one/*rest", names));

    assertThat(FakeRequest.get("/a/b/c/d").send(routes).text()).isEqualTo("b|c/d");
    assertThat(FakeRequest.get("/a/b").send(routes).text()).isEqualTo("b|");
    assertThatThrownBy(() -> FakeRequest.get("/a").pathParameter("one"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whoSeesAPartIsAnsweredByRoutesForThemAlone() throws Exception {
    Access some = new Access("ann", List.of(List.of(Matcher.equal("team", "a"))), QueryLimits.NONE);
    List<Route> routes =
        List.of(
            route("/all").audience(Route.Audience.ALL),
            Route.get("/name", (q, response) -> response.send("text/plain", q.access().name()))
                .audience(Route.Audience.FILTERED),
            route("/rest"));

    assertThat(FakeRequest.get("/all").withAccess(some).send(routes).answer())
        .isEqualTo("200 /all");
    assertThat(FakeRequest.get("/name").withAccess(some).send(routes).answer())
        .isEqualTo("200 ann");
    assertThat(FakeRequest.get("/rest").withAccess(some).send(routes).status()).isEqualTo(403);
    assertThat(FakeRequest.get("/rest").send(routes).answer()).isEqualTo("200 /rest");
  }

  @Test
  void anErrorReplacesAnAnswerThatWasBegun() throws Exception {
    FakeResponse response =
        FakeRequest.get("/")
            .send((r, answer) -> {
              answer.header("X-Part", "1").body().write('x');
              throw new HttpError(404, "not found");
            });

    assertThat(response.answer()).isEqualTo("404 not found");
    assertThat(response.headers())
        .hasSize(1)
        .containsEntry("content-type", "text/plain; charset=utf-8");
    assertThat(response.isClosed()).isTrue();
  }

  @Test
  void refusesWhatComesAfterTheAnswerWasBegun() throws Exception {
    FakeResponse response = new FakeResponse();
    response.addHeader("Vary", "a").addHeader("vary", "b").body().write(new byte[64 << 10]);
    assertThat(response.isCommitted()).isFalse();
    response.status(202).body().write(1);

    assertThat(response.isCommitted()).isTrue();
    assertThat(response.headers()).containsEntry("VARY", "a, b");
    assertThatThrownBy(() -> response.status(500)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> response.header("A", "b")).isInstanceOf(IllegalStateException.class);
    response.body().close();
    assertThatThrownBy(() -> response.body().write(1)).isInstanceOf(IOException.class);
  }

  @Test
  void refusesHeadersAndStatusesThatHttpDoesNotHave() {
    FakeResponse response = new FakeResponse();

    assertThatThrownBy(() -> response.header("Location", "/a\r\nSet-Cookie: b"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> response.header("a b", "c"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> response.status(99)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesABodyThatIsLargerThanTheRouteAllows() throws Exception {
    Handler handler = (request, response) -> response.body().write(request.body().readAllBytes());
    List<Route> routes = List.of(new Route(Set.of("POST"), "/", handler, 3));

    assertThat(FakeRequest.post("/", new byte[] {'a', 'b', 'c'}).send(routes).text())
        .isEqualTo("abc");
    assertThat(FakeRequest.of("POST", "/").withBody("abcd").send(routes).answer())
        .isEqualTo("413 http: request body too large; want at most 3 bytes");
  }

  @Test
  void runsOnceWhatIsToBeDoneWhenTheClientLeaves() {
    int[] runs = new int[1];
    FakeRequest request = FakeRequest.get("/");
    request.onDisconnect(() -> runs[0]++);

    request.disconnect();
    request.disconnect();

    assertThat(runs[0]).isEqualTo(1);
  }

  @Test
  void notesWhichParametersAreLookedFor() throws Exception {
    FakeRequest request = FakeRequest.get("/").with("b", "1").with("d", "2");

    assertThat(request.asked()).isEmpty();
    assertThat(request.parameter("b")).isEqualTo("1");
    assertThat(request.parameter("c")).isEmpty();
    assertThat(request.parameters().getOrDefault("a", List.of())).isEmpty();
    assertThat(request.asked()).containsExactly("a", "b", "c");
    assertThat(request.parameters()).hasToString("{b=[1], d=[2]}");
    assertThat(request.asked()).containsExactly("a", "b", "c", "d");
  }
}
