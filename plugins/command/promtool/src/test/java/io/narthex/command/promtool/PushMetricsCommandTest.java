package io.narthex.command.promtool;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.command.Invocation;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.http.HttpCaller;
import io.narthex.api.wire.ProtobufReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PushMetricsCommandTest {
  @TempDir Path directory;

  private final List<HttpCaller.Request> sent = new ArrayList<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private int status = 204;

  private int push(String in, String... words) throws Exception {
    ConfigFiles none =
        (ConfigFiles)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {ConfigFiles.class},
                (proxy, method, arguments) -> {
                  throw new AssertionError(method);
                });
    Clock clock = Clock.fixed(Instant.ofEpochMilli(1000), ZoneOffset.UTC);
    return new PushMetricsCommand((config, name, base) -> new Caller(), none, clock)
        .run(
            new Invocation(
                List.of(words),
                new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                directory));
  }

  private final class Caller implements HttpCaller {
    @Override
    public Response send(Request request) {
      sent.add(request);
      return new Response() {
        @Override
        public int status() {
          return status;
        }

        @Override
        public Optional<String> header(String name) {
          return Optional.empty();
        }

        @Override
        public Map<String, List<String>> headers() {
          return Map.of();
        }

        @Override
        public InputStream body() {
          return new ByteArrayInputStream("too old\nmore".getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public void close() {}
  }

  /** The series of the only request: labels, value, time. */
  private List<String> series() throws Exception {
    assertThat(sent).hasSize(1);
    byte[] packed = sent.getFirst().body();
    assertThat(packed).isNotNull();
    ProtobufReader block = new ProtobufReader();
    block.reset(packed, 0, packed.length);
    int length = (int) block.varint();
    // One literal with a length of two bytes, as the texts here are short.
    assertThat(packed[block.position]).isEqualTo((byte) (61 << 2));
    ProtobufReader p = new ProtobufReader();
    p.reset(packed, block.position + 3, packed.length);
    assertThat(p.limit - p.position).isEqualTo(length);
    List<String> all = new ArrayList<>();
    while (p.hasMore()) {
      int tag = p.tag();
      if (tag >>> 3 != 1) {
        p.skip(tag);
        continue;
      }
      int end = p.enter();
      StringBuilder one = new StringBuilder();
      while (p.hasMore()) {
        int field = p.tag() >>> 3;
        int inner = p.enter();
        if (field == 1) {
          one.append(text(p)).append('=').append(text(p)).append(' ');
        } else {
          p.tag();
          one.append(p.float64()).append('@');
          p.tag();
          one.append(p.varint());
        }
        p.leave(inner);
      }
      p.leave(end);
      all.add(one.toString());
    }
    return all;
  }

  private static String text(ProtobufReader p) throws Exception {
    p.tag();
    int n = p.length();
    p.position += n;
    return new String(p.bytes, p.position - n, n, StandardCharsets.UTF_8);
  }

  @Test
  void sendsStandardInput() throws Exception {
    String in =
        """
        # TYPE h histogram
        h_bucket{le="1"} 1
        h_bucket{le="+Inf"} 2
        h_sum 3
        h_count 2
        # TYPE s summary
        s{quantile="0.5"} 1
        s_sum 4
        s_count 5
        g{job="own",z="1"} 6 7000
        """;

    assertThat(push(in, "http://host:1/api/v1/write")).isZero();

    assertThat(series())
        .containsExactly(
            "__name__=g exported_job=own job=promtool z=1 6.0@7000",
            "__name__=h_bucket job=promtool le=1 1.0@1000",
            "__name__=h_bucket job=promtool le=+Inf 2.0@1000",
            "__name__=h_sum job=promtool 3.0@1000",
            "__name__=h_count job=promtool 2.0@1000",
            "__name__=s job=promtool quantile=0.5 1.0@1000",
            "__name__=s_sum job=promtool 4.0@1000",
            "__name__=s_count job=promtool 5.0@1000");
    assertThat(sent.getFirst().uri()).hasToString("http://host:1/api/v1/write");
    assertThat(sent.getFirst().headers())
        .containsEntry("Content-Encoding", "snappy")
        .containsEntry("X-Prometheus-Remote-Write-Version", "0.1.0");
    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo("Parsing standard input\n  SUCCESS: metrics pushed to remote write.\n");
  }

  @Test
  void sendsFilesAndTellsWhichFailed() throws Exception {
    Files.writeString(directory.resolve("good"), "x 1\n");
    Files.writeString(directory.resolve("bad"), "x 1");
    Files.createDirectory(directory.resolve("folder"));

    assertThat(
            push(
                "",
                "--label=a=b",
                "--header=X=Y",
                "http://host:1/w",
                "bad",
                "missing",
                "folder",
                "good"))
        .isEqualTo(1);

    assertThat(series()).containsExactly("__name__=x a=b 1.0@1000");
    assertThat(sent.getFirst().headers()).containsEntry("X", "Y");
    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            "Parsing metrics file bad\nParsing metrics file good\n"
                + "  SUCCESS: metrics file good pushed to remote write.\n");
    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            "  FAILED: text format parsing error in line 1: unexpected end of input stream\n"
                + "  FAILED: open missing: no such file or directory\n"
                + "  FAILED: read folder: is a directory\n");
  }

  @Test
  void tellsWhyTheServerRefused() throws Exception {
    status = 400;

    assertThat(push("x 1\n", "http://host:1/w")).isEqualTo(1);

    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualTo("  FAILED: server returned HTTP status 400: too old\n");
  }
}
