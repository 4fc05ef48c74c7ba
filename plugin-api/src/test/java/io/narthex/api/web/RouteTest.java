package io.narthex.api.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouteTest {
  private static final Handler HANDLER = (request, response) -> {};

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/-/healthy",
        "/api/v1/label/:name/values",
        "/static/*path",
        "/*rest",
        "/:a/:b/*c",
        "/a:b/c*d",
        "/a/"
      })
  void takesLiteralsNamesAndARest(String path) {
    assertThatCode(() -> Route.get(path, HANDLER)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "a, 'cannot make a route: got path a, want one that begins with /'",
    "'', 'cannot make a route: got path , want one that begins with /'",
    "/a/:, 'cannot make route /a/:: got :, want a name of its own'",
    "/*, 'cannot make route /*: got *, want a name of its own'",
    "/:a/b/:a, 'cannot make route /:a/b/:a: got :a, want a name of its own'",
    "/:a/*a, 'cannot make route /:a/*a: got *a, want a name of its own'",
    "/*a/b, 'cannot make route /*a/b: got *a before the end, want it last'",
    "/*a/, 'cannot make route /*a/: got *a before the end, want it last'",
  })
  void refusesPathsThatMeanNothing(String path, String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Route.get(path, HANDLER))
        .withMessage(text);
  }

  @Test
  void refusesWhatNothingCouldReach() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Route(Set.of(), "/a", HANDLER, 1))
        .withMessage("cannot make route /a: got no methods, want one at least");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Route(Set.of("GET"), "/a", HANDLER, -1))
        .withMessage("cannot make route /a: got a body limit of -1, want 0 or more");
    assertThatNullPointerException().isThrownBy(() -> Route.get("/a", null));
  }

  @Test
  void hasShorthands() {
    assertThat(Route.get("/a", HANDLER).methods()).containsExactly("GET");
    assertThat(Route.post("/a", HANDLER).methods()).containsExactly("POST");
    assertThat(Route.getOrPost("/a", HANDLER).methods()).containsExactlyInAnyOrder("GET", "POST");
    assertThat(Route.get("/a", HANDLER).maxBodyBytes()).isEqualTo(10 << 20);
  }

  @Test
  void isForThoseWhoSeeEverythingUnlessItSaysOtherwise() {
    Route route = new Route(Set.of("PUT"), "/a", HANDLER, 7);
    assertThat(route.audience()).isEqualTo(Route.Audience.UNRESTRICTED);
    assertThat(Route.get("/a", HANDLER).audience()).isEqualTo(Route.Audience.UNRESTRICTED);
    assertThat(route.audience(Route.Audience.ALL))
        .isEqualTo(new Route(Set.of("PUT"), "/a", HANDLER, 7, Route.Audience.ALL));
  }

  @Test
  void copiesItsMethods() {
    Set<String> methods = new HashSet<>(Set.of("PUT"));
    Route route = new Route(methods, "/a", HANDLER, 1);
    methods.clear();

    assertThat(route.methods()).containsExactly("PUT");
  }

  @Test
  void endsARequestWithAStatusAndAText() {
    HttpError error = new HttpError(404, "no such thing");

    assertThat(error.status()).isEqualTo(404);
    assertThat(error).hasMessage("no such thing");
  }
}
