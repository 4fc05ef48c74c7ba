package io.narthex.api.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class WebDefaultsTest {
  @Test
  void sendsTextAsUtf8WithItsType() throws IOException {
    FakeResponse response = new FakeResponse();
    response.send("text/plain; charset=utf-8", "größe");

    assertThat(response.headers())
        .hasSize(1)
        .containsEntry("Content-Type", "text/plain; charset=utf-8");
    assertThat(response.bytes()).isEqualTo("größe".getBytes(StandardCharsets.UTF_8));
    assertThat(response.isClosed()).isTrue();
  }

  @Test
  void sendsTheClientElsewhere() throws IOException {
    FakeResponse response = new FakeResponse();
    response.redirect("/query");

    assertThat(response.answer()).isEqualTo("302");
    assertThat(response.headers()).hasSize(1).containsEntry("Location", "/query");
    assertThat(response.isClosed()).isTrue();
  }

  @Test
  void givesTheFirstValueOfAParameter() throws IOException {
    FakeRequest request = FakeRequest.get("/").with("a", "1", "2").with("none");

    assertThat(request.parameter("a")).isEqualTo("1");
    assertThat(request.parameter("none")).isEmpty();
    assertThat(request.parameter("absent")).isEmpty();
  }

  @Test
  void hasNoMenuUnlessOneIsGiven() {
    Routes routes = List::of;

    assertThat(routes.menu()).isEmpty();
    assertThat(routes.routes()).isEmpty();
  }

  @Test
  void errorsAreSeenWhereIoErrorsAre() {
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> {
          throw new HttpError(400, "bad");
        })
        .withMessage("bad");
  }
}
