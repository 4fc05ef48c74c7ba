package io.narthex.query.remoteread;

import io.narthex.api.wire.Message;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;

/**
 * Reads from a running server and prints what it answers, to be compared with another's by hand:
 * URL, first and last millisecond, {@code samples} or {@code chunks}, expression for the names.
 */
final class ReadPeer {
  private ReadPeer() {}

  public static void main(String[] args) throws Exception {
    boolean chunks = args[3].equals("chunks");
    Message request =
        Stored.request(
            chunks ? 1 : 0,
            Stored.query(
                Long.parseLong(args[1]),
                Long.parseLong(args[2]),
                Stored.matcher(2, "__name__", args[4])));
    HttpResponse<byte[]> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(args[0] + "/api/v1/read"))
                    .POST(HttpRequest.BodyPublishers.ofByteArray(Stored.snappy(request.toBytes())))
                    .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    if (response.statusCode() != 200) {
      System.out.println(response.statusCode() + " " + new String(response.body(), "UTF-8"));
      return;
    }
    List<String> lines =
        chunks ? Answer.chunks(response.body()).lines : Answer.samples(response.body()).lines;
    lines.forEach(System.out::println);
  }
}
