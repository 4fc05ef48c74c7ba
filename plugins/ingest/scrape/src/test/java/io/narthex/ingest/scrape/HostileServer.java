package io.narthex.ingest.scrape;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** A server on the loopback whose paths misbehave, each in its own way. */
final class HostileServer implements AutoCloseable {
  /** Answers one request; what it leaves of the connection is closed unless it says so. */
  interface Manner {
    /** Returns whether the connection may be used again. */
    boolean answer(String head, OutputStream out) throws Exception;
  }

  private static final byte[] BLOCK = "a 1\n".repeat(16 * 1024).getBytes(StandardCharsets.UTF_8);
  private static final byte[] BOMB = Fakes.gzip(new byte[64 << 20]);

  /** Two million bytes of samples. */
  private static final byte[] HEAVY = lines("m{a=\"b\",n=\"%d\"} 1\n", 0, 100_000, 1);

  /** One histogram, its buckets from the last to the first. */
  private static final byte[] BUCKETS =
      ("# TYPE h histogram\n"
              + new String(
                  lines("h_bucket{le=\"%d\"} %d\n", 80_000, 0, -1), StandardCharsets.UTF_8))
          .getBytes(StandardCharsets.UTF_8);

  /** A bucket of each of many histograms. */
  private static final byte[] HISTOGRAMS =
      ("# TYPE h histogram\n"
              + new String(
                  lines("h_bucket{n=\"%d\",le=\"1\"} 1\n", 0, 50_000, 1), StandardCharsets.UTF_8))
          .getBytes(StandardCharsets.UTF_8);

  /** Families of which all names have one hash; two that have none in common. */
  private final byte[][] clash = {clash("x"), clash("y")};

  private final AtomicLong answers = new AtomicLong();
  private final ServerSocket server;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Map<String, Manner> manners = new ConcurrentHashMap<>();
  private final CountDownLatch closing = new CountDownLatch(1);

  /** Bytes of endless bodies. */
  final AtomicLong sent = new AtomicLong();

  HostileServer() throws IOException {
    server = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
    on("/ok", (head, out) -> text(out, "ok 1\n"));
    on(
        "/hang",
        (head, out) -> {
          closing.await();
          return false;
        });
    on(
        "/drip",
        (head, out) -> {
          head(out, "Content-Type: text/plain\r\nContent-Length: 1000\r\n");
          for (byte b : BLOCK) {
            out.write(b);
            out.flush();
            if (closing.await(100, java.util.concurrent.TimeUnit.MILLISECONDS)) {
              return false;
            }
          }
          return false;
        });
    on(
        "/bomb",
        (head, out) -> {
          head(
              out,
              "Content-Type: text/plain\r\nContent-Encoding: gzip\r\nContent-Length: "
                  + BOMB.length
                  + "\r\n");
          out.write(BOMB);
          return true;
        });
    on(
        "/huge",
        (head, out) -> {
          head(out, "Content-Type: text/plain\r\nContent-Length: 2147483648\r\n");
          for (long n = 0; n < 2L << 30; n += BLOCK.length) {
            out.write(BLOCK);
            sent.addAndGet(BLOCK.length);
          }
          return true;
        });
    on(
        "/endless",
        (head, out) -> {
          head(out, "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n");
          byte[] size =
              (Integer.toHexString(BLOCK.length) + "\r\n").getBytes(StandardCharsets.UTF_8);
          while (closing.getCount() > 0) {
            out.write(size);
            out.write(BLOCK);
            out.write("\r\n".getBytes(StandardCharsets.UTF_8));
          }
          return false;
        });
    on(
        "/cut",
        (head, out) -> {
          head(out, "Content-Type: text/plain\r\nContent-Length: 1000\r\n");
          out.write("a 1\nb 2\n".getBytes(StandardCharsets.UTF_8));
          return false;
        });
    on(
        "/cut-gzip",
        (head, out) -> {
          byte[] whole = Fakes.gzip(BLOCK);
          head(out, "Content-Type: text/plain\r\nContent-Encoding: gzip\r\nConnection: close\r\n");
          out.write(whole, 0, whole.length / 2);
          return false;
        });
    on(
        "/circle",
        (head, out) -> {
          out.write(
              "HTTP/1.1 302 Found\r\nLocation: /circle\r\nContent-Length: 0\r\n\r\n"
                  .getBytes(StandardCharsets.UTF_8));
          return true;
        });
    on("/flood", (head, out) -> bytes(out, "text/plain", flood()));
    on(
        "/clash",
        (head, out) -> bytes(out, "text/plain", clash[(int) (answers.incrementAndGet() % 2)]));
    on("/heavy", (head, out) -> bytes(out, "text/plain", HEAVY));
    on("/buckets", (head, out) -> bytes(out, "text/plain", BUCKETS));
    on("/histograms", (head, out) -> bytes(out, "text/plain", HISTOGRAMS));
    on("/silent", (head, out) -> false);
    on(
        "/noise",
        (head, out) -> {
          out.write("what?\r\n\r\n".getBytes(StandardCharsets.UTF_8));
          return false;
        });
  }

  private static byte[] lines(String format, int from, int to, int step) {
    StringBuilder text = new StringBuilder();
    for (int i = from; i != to; i += step) {
      text.append(format.replace("%d", String.valueOf(i)));
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** A name; those of one length have one hash. */
  static String clashing(int i, int bits) {
    StringBuilder name = new StringBuilder();
    for (int bit = 0; bit < bits; bit++) {
      name.append((i >> bit & 1) == 0 ? "Aa" : "BB");
    }
    return name.toString();
  }

  private static byte[] clash(String ending) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 30_000; i++) {
      text.append("# TYPE ").append(clashing(i, 15)).append(ending).append(" gauge\n");
    }
    return text.append("a 1\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Metadata of families that never were before, of ten with long texts. */
  private byte[] flood() {
    long n = answers.incrementAndGet();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 50_000; i++) {
      text.append("# TYPE m").append(n).append('_').append(i).append(" gauge\n");
    }
    for (int i = 0; i < 10; i++) {
      text.append("# HELP h").append(n).append('_').append(i).append(' ');
      text.append("x".repeat(100_000)).append('\n');
    }
    return text.append("a 1\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  void on(String path, Manner manner) {
    manners.put(path, manner);
  }

  String address() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  void start() {
    Thread.ofVirtual()
        .start(() -> {
          try {
            while (true) {
              Socket socket = server.accept();
              open.add(socket);
              Thread.ofVirtual().start(() -> serve(socket));
            }
          } catch (IOException e) {
            // Closed.
          }
        });
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      String head = readHead(in);
      while (head != null) {
        String path = head.split(" ", 3)[1];
        Manner manner = manners.get(path.split("\\?", 2)[0]);
        if (manner == null || !manner.answer(head, out)) {
          return;
        }
        head = readHead(in);
      }
    } catch (Exception e) {
      // The client has had enough, which is what is tested.
    } finally {
      open.remove(socket);
    }
  }

  private static String readHead(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int b = in.read();
    while (b >= 0) {
      head.write(b);
      String text = head.toString(StandardCharsets.ISO_8859_1);
      if (text.endsWith("\r\n\r\n")) {
        return text;
      }
      b = in.read();
    }
    return null;
  }

  static void head(OutputStream out, String fields) throws IOException {
    out.write(("HTTP/1.1 200 OK\r\n" + fields + "\r\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  static boolean text(OutputStream out, String body) throws IOException {
    return bytes(out, "text/plain", body.getBytes(StandardCharsets.UTF_8));
  }

  static boolean bytes(OutputStream out, String type, byte[] body) throws IOException {
    byte[] head =
        ("HTTP/1.1 200 OK\r\nContent-Type: "
                + type
                + "\r\nContent-Length: "
                + body.length
                + "\r\n\r\n")
            .getBytes(StandardCharsets.UTF_8);
    byte[] all = java.util.Arrays.copyOf(head, head.length + body.length);
    System.arraycopy(body, 0, all, head.length, body.length);
    out.write(all);
    return true;
  }

  @Override
  public void close() throws IOException {
    closing.countDown();
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
