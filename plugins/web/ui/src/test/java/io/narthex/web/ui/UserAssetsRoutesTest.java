package io.narthex.web.ui;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.FakeSnapshot;
import io.narthex.api.config.GlobalConfig;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import io.narthex.api.web.Route;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UserAssetsRoutesTest {
  private static final String TEXT = "0123456789";

  @TempDir Path outside;
  private Path root;
  private String configured;

  @BeforeEach
  void fill() throws IOException {
    root = Files.createDirectory(outside.resolve("assets"));
    configured = root.toString();
    Files.writeString(outside.resolve("secret.txt"), "secret");
    Files.setLastModifiedTime(
        Files.writeString(root.resolve("a.txt"), TEXT),
        FileTime.from(Instant.parse("2026-11-20T10:00:00.5Z")));
    Files.writeString(root.resolve(".hidden.txt"), "secret");
    Files.writeString(Files.createDirectory(root.resolve(".git")).resolve("config"), "secret");
    Files.writeString(
        Files.createDirectory(root.resolve("sub dir")).resolve("index.html"), "<p>hi");
    Files.createDirectory(root.resolve("empty"));
    Files.createSymbolicLink(root.resolve("out.txt"), outside.resolve("secret.txt"));
    Files.createSymbolicLink(root.resolve("up"), outside);
    Files.createSymbolicLink(root.resolve("shown.txt"), root.resolve(".hidden.txt"));
    Files.createSymbolicLink(root.resolve("inside.txt"), root.resolve("a.txt"));
    Files.createSymbolicLink(root.resolve("broken"), root.resolve("nothing"));
  }

  private FakeResponse get(String file, String... headers) throws Exception {
    return send("GET", file, headers);
  }

  private FakeResponse send(String method, String file, String... headers) throws Exception {
    FakeRequest request =
        FakeRequest.of(method, "/user/" + file).withPrefix("/p").withPath("file", file);
    for (int i = 0; i < headers.length; i += 2) {
      request.withHeader(headers[i], headers[i + 1]);
    }
    Route route = new UserAssetsRoutes(new Configuration()).routes().get(0);
    assertThat(route.audience()).isEqualTo(Route.Audience.ALL);
    return request.send(route.handler());
  }

  @Test
  void sendsAFileAsWhatItsNameSays() throws Exception {
    FakeResponse response = get("a.txt");
    assertThat(response.answer()).isEqualTo("200 " + TEXT);
    assertThat(response.headers())
        .containsEntry("Content-Type", "text/plain; charset=utf-8")
        .containsEntry("X-Content-Type-Options", "nosniff")
        .containsEntry("Last-Modified", "Fri, 20 Nov 2026 10:00:00 GMT")
        .containsEntry("Content-Length", "10")
        .containsEntry("Accept-Ranges", "bytes");
    assertThat(get("inside.txt").answer()).isEqualTo("200 " + TEXT);
    assertThat(send("HEAD", "a.txt").headers()).containsEntry("Content-Length", "10");
  }

  @Test
  void takesADirectoryForItsPage() throws Exception {
    assertThat(get("sub dir/").answer()).isEqualTo("200 <p>hi");
    FakeResponse moved = get("sub dir");
    assertThat(moved.status()).isEqualTo(301);
    assertThat(moved.headers()).containsEntry("Location", "/p/user/sub%20dir/");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nothing",
        "empty/",
        "a.txt/",
        "a.txt/more",
        ".hidden.txt",
        ".git/config",
        ".git/",
        "shown.txt",
        "out.txt",
        "up/secret.txt",
        "up/",
        "up",
        "broken",
        "../secret.txt",
        "sub dir/../../secret.txt",
        "/etc/passwd",
        "a\0b"
      })
  void showsNothingElse(String file) throws Exception {
    FakeResponse response = get(file);
    assertThat(response.answer()).isEqualTo("404 404 page not found");
  }

  @Test
  void showsNothingUnlessADirectoryIsNamed() throws Exception {
    configured = "";
    assertThat(get("a.txt").status()).isEqualTo(404);
    configured = outside.resolve("not there").toString();
    assertThat(get("a.txt").status()).isEqualTo(404);
  }

  @Test
  void followsALinkThatTheDirectoryItselfIs() throws Exception {
    configured = Files.createSymbolicLink(outside.resolve("link"), root).toString();
    assertThat(get("a.txt").status()).isEqualTo(200);
    assertThat(get("out.txt").status()).isEqualTo(404);
  }

  @Test
  void tellsWhoHasTheFileThatItHas() throws Exception {
    String etag = get("a.txt").headers().get("ETag");
    assertThat(get("a.txt", "If-None-Match", "\"x\", " + etag).status()).isEqualTo(304);
    assertThat(get("a.txt", "If-None-Match", "*").status()).isEqualTo(304);
    assertThat(get("a.txt", "If-None-Match", "\"x\"").status()).isEqualTo(200);
    String date = "Fri, 20 Nov 2026 10:00:00 GMT";
    assertThat(get("a.txt", "If-Modified-Since", date).status()).isEqualTo(304);
    assertThat(get("a.txt", "If-Modified-Since", date, "If-None-Match", "\"x\"").status())
        .isEqualTo(200);
    assertThat(get("a.txt", "If-Modified-Since", "Fri, 20 Nov 2026 09:59:59 GMT").status())
        .isEqualTo(200);
    assertThat(get("a.txt", "If-Modified-Since", "yesterday").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-3, 206, 0123, bytes 0-3/10",
    "bytes=8-, 206, 89, bytes 8-9/10",
    "bytes=8-99, 206, 89, bytes 8-9/10",
    "bytes=-3, 206, 789, bytes 7-9/10",
    "bytes=-99, 206, 0123456789, bytes 0-9/10",
    "bytes=10-, 416, '', bytes */10",
    "bytes=-0, 416, '', bytes */10",
    "bytes=5-4, 200, 0123456789, ",
    "'bytes=0-1,3-4', 200, 0123456789, ",
    "lines=0-1, 200, 0123456789, ",
    "bytes=-, 200, 0123456789, ",
    "bytes=99999999999999999999-, 200, 0123456789, "
  })
  void sendsTheBytesThatAreWished(String range, int status, String text, String told)
      throws Exception {
    FakeResponse response = get("a.txt", "Range", range);
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.text()).isEqualTo(text);
    assertThat(response.headers().get("Content-Range")).isEqualTo(told);
  }

  @Test
  void sendsAPartOfTheFileThatTheClientHasAndAllOfAnother() throws Exception {
    String same = "Fri, 20 Nov 2026 10:00:00 GMT";
    assertThat(get("a.txt", "Range", "bytes=0-1", "If-Range", same).status()).isEqualTo(206);
    String other = "Fri, 20 Nov 2026 10:00:01 GMT";
    assertThat(get("a.txt", "Range", "bytes=0-1", "If-Range", other).status()).isEqualTo(200);
    assertThat(get("a.txt", "Range", "bytes=0-1", "If-Range", "\"x\"").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "x.HTML, text/html; charset=utf-8",
    "x.svg, image/svg+xml",
    "x.js, text/javascript; charset=utf-8",
    "x, application/octet-stream",
    "x.exe, application/octet-stream"
  })
  void knowsKindsOfContent(String name, String type) {
    assertThat(ContentTypes.of(name)).isEqualTo(type);
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
      return new FakeSnapshot(
          Map.of(UserAssetsSection.KEY, new UserAssets(configured)),
          Defaults.of(GlobalConfig.class),
          Path.of(""));
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
