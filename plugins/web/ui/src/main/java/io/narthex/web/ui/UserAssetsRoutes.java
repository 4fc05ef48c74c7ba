package io.narthex.web.ui;

import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.web.HttpError;
import io.narthex.api.web.Route;
import io.narthex.api.web.Routes;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

/** Sends the files of {@link UserAssets}, and no other. */
@Extension
public final class UserAssetsRoutes implements Routes {
  private static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final RunningConfiguration configuration;

  /** Made by the kernel. */
  @Inject
  public UserAssetsRoutes(RunningConfiguration configuration) {
    this.configuration = configuration;
  }

  @Override
  public List<Route> routes() {
    return List.of(Route.get("/user/*file", this::file).audience(Route.Audience.ALL));
  }

  private void file(WebRequest request, WebResponse response) throws IOException {
    String name = request.pathParameter("file");
    Path file = find(name);
    if (Files.isDirectory(file)) {
      if (!name.isEmpty() && !name.endsWith("/")) {
        // Else what its page refers to would be looked for beside it.
        response.status(301);
        response
            .header("Location", request.externalPathPrefix() + "/user/" + encode(name) + "/")
            .body()
            .close();
        return;
      }
      file = find(name + "index.html");
    } else if (name.endsWith("/")) {
      throw notFound();
    }
    BasicFileAttributes attributes =
        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!attributes.isRegularFile()) {
      throw notFound();
    }
    send(request, response, file, attributes);
  }

  /**
   * The file of a name below the directory, without links.
   *
   * @throws HttpError 404 when there is none that may be seen
   */
  private Path find(String name) throws HttpError {
    String directory =
        configuration
            .snapshot()
            .section(UserAssetsSection.KEY, UserAssets.class)
            .map(UserAssets::directory)
            .orElse("");
    return PublicDirectory.find(directory, name).orElseThrow(UserAssetsRoutes::notFound);
  }

  private static HttpError notFound() {
    return new HttpError(404, "404 page not found");
  }

  private static String encode(String name) {
    return Arrays.stream(name.split("/", -1))
        .map(part -> URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
        .collect(Collectors.joining("/"));
  }

  private static void send(
      WebRequest request, WebResponse response, Path file, BasicFileAttributes attributes)
      throws IOException {
    long size = attributes.size();
    Instant changed = attributes.lastModifiedTime().toInstant();
    // Weak, since the body may be compressed on its way.
    String etag =
        "W/\"" + Long.toHexString(changed.toEpochMilli()) + "-" + Long.toHexString(size) + "\"";
    response
        .header("X-Content-Type-Options", "nosniff")
        .header("Cache-Control", "no-cache")
        .header("ETag", etag)
        .header("Last-Modified", HTTP_DATE.format(changed))
        .header("Accept-Ranges", "bytes");
    if (isKnown(request, etag, changed)) {
      response.status(304).body().close();
      return;
    }
    response.header("Content-Type", ContentTypes.of(file.getFileName().toString()));
    ByteRange range = ByteRange.of(wishedRange(request, changed), size);
    if (range == null) {
      range = new ByteRange(0, size);
    } else if (range.isEmpty()) {
      response.status(416).header("Content-Range", "bytes */" + size).body().close();
      return;
    } else {
      response.status(206).header("Content-Range", range.header(size));
    }
    try (InputStream in = open(file);
        OutputStream out = response.header("Content-Length", "" + range.length()).body()) {
      if (!request.method().equals("HEAD")) {
        in.skipNBytes(range.from());
        copy(in, out, range.length());
      }
    }
  }

  private static InputStream open(Path file) throws IOException {
    try {
      // What was a file may have become a link meanwhile.
      return Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      throw notFound();
    }
  }

  /** Whether the client has it: its tag counts, and its date where it has none. */
  private static boolean isKnown(WebRequest request, String etag, Instant changed) {
    Optional<String> tags = request.header("If-None-Match");
    if (tags.isPresent()) {
      return Arrays.stream(tags.get().split(","))
          .map(String::strip)
          .anyMatch(tag -> tag.equals("*") || tag.equals(etag) || ("W/" + tag).equals(etag));
    }
    Instant since = date(request.header("If-Modified-Since").orElse(""));
    return since != null && !changed.truncatedTo(ChronoUnit.SECONDS).isAfter(since);
  }

  /** The range that is wished; empty for none, and when the file is another than the client's. */
  private static String wishedRange(WebRequest request, Instant changed) {
    String condition = request.header("If-Range").orElse("");
    Instant seconds = changed.truncatedTo(ChronoUnit.SECONDS);
    return condition.isEmpty() || seconds.equals(date(condition))
        ? request.header("Range").orElse("")
        : "";
  }

  private static @Nullable Instant date(String text) {
    try {
      return ZonedDateTime.parse(text, HTTP_DATE).toInstant();
    } catch (DateTimeException e) {
      return null;
    }
  }

  /** A file that has become shorter meanwhile breaks the connection. */
  private static void copy(InputStream in, OutputStream out, long length) throws IOException {
    byte[] buffer = new byte[(int) Math.min(length, 64 << 10)];
    long left = length;
    while (left > 0) {
      int n = in.read(buffer, 0, (int) Math.min(left, buffer.length));
      if (n < 0) {
        throw new IOException("the file has become shorter while it was sent");
      }
      out.write(buffer, 0, n);
      left -= n;
    }
  }
}
