package io.narthex.command.promtool;

import io.narthex.api.command.FlagCommand;
import io.narthex.api.command.Flags;
import io.narthex.api.command.GoDuration;
import io.narthex.api.command.Invocation;
import io.narthex.api.command.ServerConnection;
import io.narthex.api.command.WrongCall;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.format.ExpositionException;
import io.narthex.api.format.MetricFamily;
import io.narthex.api.format.TextFamilies;
import io.narthex.api.http.HttpCaller;
import io.narthex.api.http.HttpClients;
import io.narthex.api.model.NameScheme;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.pf4j.Extension;

/** {@code promtool push metrics}: sends expositions by remote write, to try a server out. */
@Extension
public final class PushMetricsCommand extends FlagCommand {
  /** Of a server's reason the first line is told, and not more than so many bytes. */
  private static final int MOST_BYTES = 1024;

  private final HttpClients clients;
  private final ConfigFiles files;
  private final Clock clock;

  /** Made by the kernel. */
  @Inject
  public PushMetricsCommand(HttpClients clients, ConfigFiles files, Clock clock) {
    super("promtool", "Pushes metrics to a server by remote write.", "push", "metrics");
    this.clients = clients;
    this.files = files;
    this.clock = clock;
  }

  @Override
  public String help() {
    return """
    Usage: promtool push metrics [flags] <remote-write-url> [<metric-files>...]

    Flags:
          --http.config.file=FILE  how to reach the server: http_config in YAML
          --label=job=promtool     a label of all series; may be repeated
          --timeout=30s            how long the server may take
          --header=NAME=VALUE      a header of the requests; may be repeated

    Args:
      <remote-write-url>  where to push to
      <metric-files>      what to push; standard input when there is none\
    """;
  }

  @Override
  protected Flags.Syntax syntax() {
    return new Flags.Syntax()
        .value(ServerConnection.CONFIG_FLAG)
        .values("label")
        .value("timeout")
        .values("header")
        .values("enable-feature")
        .required("remote-write-url")
        .optional("metric-files")
        .repeated();
  }

  @Override
  protected int run(Flags flags, Invocation call) throws WrongCall, InterruptedException {
    Map<String, String> labels = flags.pairs("label");
    if (labels.isEmpty()) {
      labels = Map.of("job", "promtool");
    }
    Duration timeout = Duration.ofNanos(GoDuration.parse(flags.value("timeout", "30s")));
    Map<String, String> headers = new HashMap<>(flags.pairs("header"));
    headers.putIfAbsent("Content-Type", "application/x-protobuf");
    headers.putIfAbsent("Content-Encoding", "snappy");
    headers.putIfAbsent("X-Prometheus-Remote-Write-Version", "0.1.0");
    List<String> names = flags.arguments().subList(1, flags.arguments().size());
    boolean failed = false;
    try (ServerConnection server =
        ServerConnection.open(
            flags.argument(0), flags.value(ServerConnection.CONFIG_FLAG), clients, files, call)) {
      if (names.isEmpty()) {
        call.out().println("Parsing standard input");
        push(server, call.in().readAllBytes(), labels, headers, timeout);
        call.out().println("  SUCCESS: metrics pushed to remote write.");
      }
      for (String name : names) {
        try {
          byte[] text = read(name, call);
          call.out().println("Parsing metrics file " + name);
          push(server, text, labels, headers, timeout);
          call.out().println("  SUCCESS: metrics file " + name + " pushed to remote write.");
        } catch (IOException e) {
          call.err().println("  FAILED: " + e.getMessage());
          failed = true;
        }
      }
    } catch (IOException e) {
      call.err().println("  FAILED: " + e.getMessage());
      failed = true;
    }
    return failed ? 1 : 0;
  }

  private static byte[] read(String name, Invocation call) throws IOException {
    Path file = call.workingDirectory().resolve(name);
    if (Files.isDirectory(file)) {
      throw new IOException("read " + name + ": is a directory");
    }
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new IOException("open " + name + ": no such file or directory", e);
    } catch (AccessDeniedException e) {
      throw new IOException("open " + name + ": permission denied", e);
    } catch (IOException e) {
      throw new IOException("read " + name + ": " + e.getMessage(), e);
    }
  }

  private void push(
      ServerConnection server,
      byte[] text,
      Map<String, String> labels,
      Map<String, String> headers,
      Duration timeout)
      throws IOException, InterruptedException {
    Collection<MetricFamily> families;
    try {
      families = TextFamilies.read(text, NameScheme.UTF8).values();
    } catch (ExpositionException e) {
      throw new IOException(e.getMessage(), e);
    }
    byte[] body = WriteRequest.snappy(WriteRequest.of(families, labels, clock.millis()));
    HttpCaller.Request request =
        new HttpCaller.Request("POST", server.resolve("", ""), headers, body, timeout);
    try (HttpCaller.Response answer = server.caller().send(request)) {
      if (answer.status() / 100 != 2) {
        String reason =
            new String(answer.body().readNBytes(MOST_BYTES), StandardCharsets.UTF_8)
                .lines()
                .findFirst()
                .orElse("");
        throw new IOException("server returned HTTP status " + answer.statusText() + ": " + reason);
      }
    }
  }
}
