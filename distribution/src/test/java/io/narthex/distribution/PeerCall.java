package io.narthex.distribution;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A call of {@code beside-peer/calls.txt}, whose head explains the notation, with the answers that
 * stand below it.
 *
 * @param server which of the servers is asked
 * @param line the call as it stands in the file
 * @param target path and query, encoded
 * @param headers lines of the request
 * @param body of the request
 * @param masked JSON pointers whose values are replaced by their types
 * @param only JSON pointers that are compared; all of the answer if empty
 * @param ordered whether the order of a vector counts
 * @param recorded what Prometheus has answered
 * @param reason why ours differs; empty if it shall be equal
 * @param expected what ours answers where it differs; its last line may be {@code same body}
 */
record PeerCall(
    String server,
    String line,
    String method,
    String target,
    List<String> headers,
    String body,
    List<String> masked,
    List<String> only,
    boolean ordered,
    PeerAnswer recorded,
    String reason,
    List<String> expected) {

  private static final String RECORDED = "  = ";

  boolean differs() {
    return !reason.isEmpty();
  }

  /** What Narthex shall answer. */
  PeerAnswer wanted() {
    return differs() ? PeerAnswer.expected(expected, recorded) : recorded;
  }

  PlainHttp.Answer send(int port) throws IOException {
    return PlainHttp.send(port, method, target, headers, body.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The file with other answers of Prometheus.
   *
   * @param answers of the calls, in their order
   */
  static List<String> record(List<String> lines, List<PeerAnswer> answers) {
    List<String> written = new ArrayList<>();
    Iterator<PeerAnswer> next = answers.iterator();
    int i = 0;
    while (i < lines.size()) {
      String line = lines.get(i++);
      written.add(line);
      if (!isCall(line)) {
        continue;
      }
      while (i < lines.size() && isOfTheRequest(lines.get(i))) {
        written.add(lines.get(i++));
      }
      while (i < lines.size() && lines.get(i).startsWith(RECORDED)) {
        i++;
      }
      next.next().lines().forEach(answered -> written.add(RECORDED + answered));
      while (i < lines.size() && lines.get(i).startsWith("  ")) {
        written.add(lines.get(i++));
      }
    }
    return written;
  }

  private static boolean isCall(String line) {
    return !line.isBlank() && !line.startsWith("#") && !line.startsWith("@ ");
  }

  private static boolean isOfTheRequest(String line) {
    return line.startsWith("  ") && !line.startsWith(RECORDED) && !line.startsWith("  differs ");
  }

  /**
   * Reads all calls.
   *
   * @throws IllegalArgumentException for a line that is none
   */
  static List<PeerCall> parse(List<String> lines) {
    List<PeerCall> calls = new ArrayList<>();
    String server = "";
    int i = 0;
    while (i < lines.size()) {
      String line = lines.get(i++);
      if (line.startsWith("@ ")) {
        server = line.substring(2);
      }
      if (!isCall(line)) {
        continue;
      }
      int from = i;
      while (i < lines.size() && lines.get(i).startsWith("  ")) {
        i++;
      }
      calls.add(of(server, line, lines.subList(from, i)));
    }
    return calls;
  }

  private static PeerCall of(String server, String line, List<String> below) {
    List<String> headers = new ArrayList<>();
    List<String> masked = new ArrayList<>();
    List<String> only = new ArrayList<>();
    List<String> recorded = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    String body = "";
    String reason = "";
    boolean ordered = false;
    for (String more : below) {
      String text = more.substring(2);
      int space = text.indexOf(' ');
      String word = space < 0 ? text : text.substring(0, space);
      String rest = space < 0 ? "" : text.substring(space + 1);
      switch (word) {
        case ">" -> headers.add(rest);
        case "body" -> body = rest;
        case "mask" -> masked.addAll(List.of(rest.split(" ")));
        case "only" -> only.addAll(List.of(rest.split(" ")));
        case "ordered" -> ordered = true;
        case "=" -> recorded.add(rest);
        case "differs" -> reason = rest;
        case "!" -> expected.add(rest);
        default -> throw new IllegalArgumentException("no such word in: " + more);
      }
    }
    if (reason.isEmpty() != expected.isEmpty()) {
      throw new IllegalArgumentException("a reason without an answer, or without one: " + line);
    }
    int space = line.indexOf(' ');
    String method = line.substring(0, space);
    int question = line.indexOf(" ? ");
    String path = line.substring(space + 1, question < 0 ? line.length() : question);
    String target = path.startsWith("/") ? path : "/api/v1/" + path;
    if (question >= 0) {
      String form =
          Stream.of(line.substring(question + 3).split(" & "))
              .map(PeerCall::encoded)
              .collect(Collectors.joining("&"));
      if (method.equals("POST")) {
        body = form;
        if (headers.stream().noneMatch(h -> h.startsWith("Content-Type"))) {
          headers.add("Content-Type: application/x-www-form-urlencoded");
        }
      } else {
        target += "?" + form;
      }
    }
    return new PeerCall(
        server,
        line,
        method,
        target,
        headers,
        body,
        masked,
        only,
        ordered,
        new PeerAnswer(recorded),
        reason,
        expected);
  }

  private static String encoded(String pair) {
    int equals = pair.indexOf('=');
    return equals < 0
        ? Api.encoded(pair)
        : Api.encoded(pair.substring(0, equals)) + "=" + Api.encoded(pair.substring(equals + 1));
  }
}
