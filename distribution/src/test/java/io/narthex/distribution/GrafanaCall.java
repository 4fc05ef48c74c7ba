package io.narthex.distribution;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A call of Grafana's, recorded in {@code grafana-calls.txt}, which says how it is written.
 *
 * @param purpose what Grafana makes it for
 * @param method HTTP method
 * @param target path and query
 * @param headers its own, by name
 * @param body empty for none
 * @param status of the answer
 * @param mediaType of the answer; empty when Grafana does not look
 * @param expectations of the answer's JSON
 */
record GrafanaCall(
    String purpose,
    String method,
    String target,
    Map<String, String> headers,
    String body,
    int status,
    String mediaType,
    List<String> expectations) {

  /** All that are recorded, with times put in. */
  static List<GrafanaCall> recorded(long nowMillis) throws IOException {
    String text;
    try (InputStream in = GrafanaCall.class.getResourceAsStream("/grafana-calls.txt")) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    long agoMillis = nowMillis - 15 * 60_000;
    String timed =
        text.replace("{now_ms}", Long.toString(nowMillis))
            .replace("{ago_ms}", Long.toString(agoMillis))
            .replace("{now}", Long.toString(nowMillis / 1000))
            .replace("{ago}", Long.toString(agoMillis / 1000));
    List<GrafanaCall> calls = new ArrayList<>();
    String[] parts = timed.split("(?m)^### ", -1);
    for (int i = 1; i < parts.length; i++) {
      calls.add(of(parts[i]));
    }
    return calls;
  }

  private static GrafanaCall of(String text) {
    List<String> lines = text.lines().toList();
    int end = lines.indexOf("===");
    String[] request = lines.get(1).split(" ", 2);
    Map<String, String> headers = new LinkedHashMap<>();
    int at = 2;
    for (; !lines.get(at).isEmpty(); at++) {
      String[] header = lines.get(at).split(": ", 2);
      headers.put(header[0], header[1]);
    }
    String[] answer = lines.get(end + 1).split(" ", 2);
    return new GrafanaCall(
        lines.get(0),
        request[0],
        request[1],
        headers,
        String.join("\n", lines.subList(at + 1, end)).strip(),
        Integer.parseInt(answer[0]),
        answer.length > 1 ? answer[1] : "",
        lines.subList(end + 2, lines.size()).stream().filter(line -> !line.isBlank()).toList());
  }
}
