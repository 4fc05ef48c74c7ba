package io.narthex.api.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WebDefaultsTest {
  /** Notes what is done to it, in order. */
  private static final class Response implements WebResponse {
    private final List<String> calls = new ArrayList<>();

    @Override
    public WebResponse status(int status) {
      calls.add("status " + status);
      return this;
    }

    @Override
    public WebResponse header(String name, String value) {
      calls.add(name + ": " + value);
      return this;
    }

    @Override
    public WebResponse addHeader(String name, String value) {
      return header("+" + name, value);
    }

    @Override
    public OutputStream body() {
      return new ByteArrayOutputStream() {
        @Override
        public void close() {
          calls.add("body " + toString(StandardCharsets.UTF_8));
        }
      };
    }

    @Override
    public boolean isCommitted() {
      return false;
    }
  }

  /** A request with parameters and nothing else. */
  private record Request(Map<String, List<String>> parameters) implements WebRequest {
    @Override
    public String method() {
      return "GET";
    }

    @Override
    public String path() {
      return "/";
    }

    @Override
    public String pathParameter(String name) {
      throw new IllegalArgumentException(name);
    }

    @Override
    public Map<String, List<String>> queryParameters() {
      return parameters;
    }

    @Override
    public Optional<String> header(String name) {
      return Optional.empty();
    }

    @Override
    public InputStream body() {
      return InputStream.nullInputStream();
    }

    @Override
    public InetSocketAddress remoteAddress() {
      return new InetSocketAddress(0);
    }

    @Override
    public Optional<String> user() {
      return Optional.empty();
    }

    @Override
    public String externalPathPrefix() {
      return "";
    }

    @Override
    public void onDisconnect(Runnable action) {}
  }

  @Test
  void sendsTextAsUtf8WithItsType() throws IOException {
    Response response = new Response();
    response.send("text/plain; charset=utf-8", "größe");

    assertThat(response.calls)
        .containsExactly("Content-Type: text/plain; charset=utf-8", "body größe");
  }

  @Test
  void sendsTheClientElsewhere() throws IOException {
    Response response = new Response();
    response.redirect("/query");

    assertThat(response.calls).containsExactly("status 302", "Location: /query", "body ");
  }

  @Test
  void givesTheFirstValueOfAParameter() throws IOException {
    Request request = new Request(Map.of("a", List.of("1", "2"), "none", List.of()));

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
