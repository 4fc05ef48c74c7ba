package io.narthex.distribution;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.zip.GZIPOutputStream;

/**
 * Clients that do to a server what clients must not, all at once and for a bounded time. What
 * happens to them is counted and does not matter; what matters is what becomes of the server.
 */
final class HostileClients {
  private static final String HOST = " HTTP/1.1\r\nHost: x\r\n";
  private static final String FORM =
      "POST /api/v1/query" + HOST + "Content-Type: application/x-www-form-urlencoded\r\n";

  private final int port;
  private final long seed;
  private final long deadline;
  private final Map<String, LongAdder> done = new TreeMap<>();

  /**
   * Makes them.
   *
   * @param seed of what they make up
   * @param time for which they go on
   */
  HostileClients(int port, long seed, Duration time) {
    this.port = port;
    this.seed = seed;
    this.deadline = System.nanoTime() + time.toNanos();
  }

  /** What one client does, again and again. */
  @FunctionalInterface
  private interface Attack {
    void run(Client client) throws IOException, InterruptedException;
  }

  /** A connection, and what is made up for it. */
  private final class Client implements AutoCloseable {
    final Socket socket = new Socket();
    final Random random;

    Client(Random random) throws IOException {
      this.random = random;
      socket.setReceiveBufferSize(4096);
      socket.connect(new InetSocketAddress("127.0.0.1", port), left());
      socket.setSoTimeout(Math.max(1, Math.min(3000, left())));
    }

    Client say(String text) throws IOException {
      return say(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Client say(byte[] bytes) throws IOException {
      OutputStream out = socket.getOutputStream();
      out.write(bytes);
      out.flush();
      return this;
    }

    /** Reads what comes, for as long as there is time. */
    void hear() throws IOException {
      InputStream in = socket.getInputStream();
      byte[] buffer = new byte[64 << 10];
      while (left() > 1 && in.read(buffer) >= 0) {
        // Only that it comes matters.
      }
    }

    /** Says a little now and then, until nobody listens any more. */
    void trickle(String text, long millis) throws IOException, InterruptedException {
      while (left() > 1) {
        say(text);
        Thread.sleep(Math.min(millis, left()));
      }
    }

    void hold() throws InterruptedException {
      Thread.sleep(left());
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /** Milliseconds that are left, 1 at least. */
  private int left() {
    return (int) Math.max(1, (deadline - System.nanoTime()) / 1_000_000);
  }

  /** Has all of them go on, until time is over. */
  void run() throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    begin(threads, "slow head", 150, c -> c.say("GET /" + HOST + "X: ").trickle("x", 200));
    begin(threads, "silence", 100, Client::hold);
    begin(
        threads,
        "slow body",
        50,
        c -> c.say(FORM + "Content-Length: 1000000\r\n\r\nquery=").trickle("x", 100));
    begin(
        threads,
        "slow chunks",
        50,
        c -> c.say(FORM + "Transfer-Encoding: chunked\r\n\r\n").trickle("1\r\nx\r\n", 100));
    begin(
        threads,
        "half closed",
        20,
        c -> {
          c.say("GET /api/v1/query?query=up" + HOST + "\r\n").socket.shutdownOutput();
          c.hear();
        });
    begin(
        threads,
        "leaves at once",
        20,
        c -> c.say("GET /api/v1/query?query=count({__name__!=\"\"})" + HOST + "\r\n"));
    begin(threads, "giant queries", 4, c -> query(c, giant(c.random)));
    begin(threads, "deep queries", 4, c -> query(c, deep(c.random)));
    begin(threads, "dear queries", 20, c -> query(c, dear(c.random)));
    begin(
        threads,
        "pipelining",
        8,
        c -> {
          c.say(("GET /-/healthy" + HOST + "\r\n").repeat(2000));
          c.hear();
        });
    begin(
        threads,
        "pipelining unread",
        8,
        c -> c.say(("GET /metrics" + HOST + "\r\n").repeat(2000)).hold());
    begin(
        threads,
        "takes nothing",
        50,
        c -> c.say("GET /api/v1/series?match[]={__name__!=\"\"}" + HOST + "\r\n").hold());
    begin(threads, "random bytes", 8, c -> c.say(garbage(c.random)).hear());
    begin(
        threads,
        "damaged requests",
        8,
        c -> {
          byte[] request =
              (FORM + "Content-Length: 8\r\n\r\nquery=up").getBytes(StandardCharsets.US_ASCII);
          for (int i = 0; i < 3; i++) {
            request[c.random.nextInt(request.length)] = (byte) c.random.nextInt(256);
          }
          c.say(request).hear();
        });
    begin(
        threads,
        "TLS",
        8,
        c -> c.say("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003").hear());
    begin(
        threads,
        "huge heads",
        8,
        c -> c.say("GET /" + HOST + "X: " + "x".repeat(c.random.nextInt(4 << 20))).hear());
    begin(
        threads,
        "many lines",
        8,
        c -> c.say("GET /" + HOST + "X: x\r\n".repeat(100_000) + "\r\n").hear());
    begin(threads, "chunks that are none", 8, c -> chunks(c));
    begin(threads, "bombs", 4, c -> bomb(c));
    begin(threads, "flood", 300, c -> c.say("GET /-/healthy" + HOST + "\r\n").hold());
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void begin(List<Thread> threads, String name, int clients, Attack attack) {
    LongAdder count = new LongAdder();
    done.put(name, count);
    for (int i = 0; i < clients; i++) {
      Random random = new Random(seed + threads.size());
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                while (left() > 1) {
                  try (Client client = new Client(random)) {
                    attack.run(client);
                  } catch (IOException e) {
                    // Refused or dropped: as it should be.
                  } catch (InterruptedException e) {
                    return;
                  }
                  count.increment();
                  pause();
                }
              }));
    }
  }

  /** The machine has other things to do than to open connections. */
  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void query(Client client, String query) throws IOException {
    String form = "query=" + Api.encoded(query);
    client.say(FORM + "Content-Length: " + form.length() + "\r\n\r\n" + form).hear();
  }

  private static String giant(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> "up" + " + up".repeat(500_000);
      case 1 -> "label_join(up, \"a\", \",\"" + ", \"b\"".repeat(800_000) + ")";
      case 2 -> "{a=~\"" + "(a|b)*".repeat(200_000) + "\"}";
      case 3 -> "\"" + "x".repeat(6 << 20) + "\"";
      default -> "up or ".repeat(300_000) + "up";
    };
  }

  private static String deep(Random random) {
    int depth = 1 + random.nextInt(500_000);
    return switch (random.nextInt(4)) {
      case 0 -> "(".repeat(depth) + "1" + ")".repeat(depth);
      case 1 -> "-".repeat(depth) + "1";
      case 2 -> "sum(".repeat(depth) + "up" + ")".repeat(depth);
      default -> "up" + "[1h:1s]".repeat(depth);
    };
  }

  private static String dear(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> "sum_over_time({__name__!=\"\"}[1d:1s])";
      case 1 -> "count({__name__!=\"\"}) by (__name__, le, handler, a, b, c)";
      case 2 -> "{__name__=~\"(.*)*(.*)*x\"} * on() group_left() {__name__!=\"\"}";
      case 3 -> "label_replace({__name__!=\"\"}, \"a\", \"$1$1$1$1\", \"__name__\", \"(.*)\")";
      default -> "max_over_time(vector(1)[1d:1ms])";
    };
  }

  private static byte[] garbage(Random random) {
    byte[] bytes = new byte[random.nextInt(100_000)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static void chunks(Client client) throws IOException {
    String head = FORM + "Transfer-Encoding: chunked\r\n\r\n";
    client
        .say(
            switch (client.random.nextInt(5)) {
              case 0 -> head + "ffffffffffffffff\r\nx";
              case 1 -> head + "-1\r\nx";
              case 2 -> head + "1;" + "x".repeat(1 << 20) + "\r\nx\r\n0\r\n\r\n";
              case 3 -> head + "0\r\n" + "X: x\r\n".repeat(200_000) + "\r\n";
              default -> head + "1\r\nx\r\n".repeat(300_000) + "0\r\n\r\n";
            })
        .hear();
  }

  private static void bomb(Client client) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write("query=".getBytes(StandardCharsets.US_ASCII));
      byte[] block = new byte[1 << 20];
      for (int i = 0; i < 100; i++) {
        gzip.write(block);
      }
    }
    client.say(FORM + "Content-Encoding: gzip\r\nContent-Length: " + packed.size() + "\r\n\r\n");
    client.say(packed.toByteArray()).hear();
  }

  @Override
  public String toString() {
    return "seed " + seed + ", done " + done;
  }
}
