package io.narthex.distribution;

import java.io.IOException;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a server says of its rules after each of their evaluations. Looked at again and again, by
 * one thread.
 */
final class RuleWatch {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** What differs from server to server. */
  private static final Set<String> MEASURED = Set.of("evaluationTime", "lastEvaluation");

  private static final Set<String> TIMES =
      Set.of("activeAt", "keepFiringSince", "startsAt", "endsAt");

  private static final Pattern DUPLICATE_SAMPLE =
      Pattern.compile("^(duplicate sample for timestamp) \\d+; overrides not allowed: .*");

  private static final Pattern DUPLICATES =
      Pattern.compile("operation: \\[(\\{.*\\}), (\\{.*\\})\\];many-to-many");

  /** Nanoseconds between two looks, a small part of the shortest interval of a group. */
  private static final long PAUSE = 150_000_000;

  private final Api api;

  /** By file and name; whoever made this adds to it. */
  private final Map<String, RuleTimes> times;

  /** Time of the last evaluation of each rule, as the last look but this one told it. */
  private Map<String, String> before = new HashMap<>();

  private long looked = System.nanoTime() - PAUSE;
  private long evaluated;

  private final TreeMap<Look, JsonNode> seen = new TreeMap<>();

  /**
   * What is seen of a rule.
   *
   * @param time at which it was due, milliseconds since the epoch
   * @param rule its group, place and name
   */
  record Look(long time, String rule) implements Comparable<Look> {
    @Override
    public int compareTo(Look other) {
      int byTime = Long.compare(time, other.time);
      return byTime != 0 ? byTime : rule.compareTo(other.rule);
    }
  }

  RuleWatch(Api api, Map<String, RuleTimes> times) {
    this.api = api;
    this.times = times;
  }

  /** What was seen so far. */
  TreeMap<Look, JsonNode> seen() {
    return seen;
  }

  /**
   * When the evaluation began that was the first to end of the groups' last ones, milliseconds
   * since the epoch; 0 while a group has had none.
   */
  long evaluated() {
    return evaluated;
  }

  /** Looks, unless it did so just now. */
  void look() throws IOException {
    if (System.nanoTime() - looked < PAUSE) {
      return;
    }
    looked = System.nanoTime();
    long earliest = Long.MAX_VALUE;
    Map<String, String> now = new HashMap<>();
    for (JsonNode group : api.data("/api/v1/rules").path("groups")) {
      earliest = Math.min(earliest, millis(group));
      String name = group.path("name").asString();
      RuleTimes slots = times.get(group.path("file").asString() + ";" + name);
      if (slots == null) {
        throw new IllegalStateException("nobody has spoken of a group " + group);
      }
      int place = 0;
      for (JsonNode rule : group.path("rules")) {
        String key = "%s %02d %s".formatted(name, place++, rule.path("name").asString());
        String evaluated = rule.path("lastEvaluation").asString();
        now.put(key, evaluated);
        // The first look at an evaluation may have begun before it ended.
        if (evaluated.equals(before.get(key)) && millis(rule) > 0) {
          seen.putIfAbsent(new Look(slots.last(millis(rule)), key), comparable(rule));
        }
      }
    }
    before = now;
    evaluated = earliest;
  }

  private static long millis(JsonNode evaluated) {
    long millis = toMillis(evaluated.path("lastEvaluation").asString());
    return Math.max(0, millis);
  }

  static long toMillis(String time) {
    return OffsetDateTime.parse(time).toInstant().toEpochMilli();
  }

  /**
   * The same without what nobody can expect to be equal, with sorted keys and alerts, and times to
   * the millisecond.
   */
  static JsonNode comparable(JsonNode node) {
    return PeerAnswer.sorted(cut(node));
  }

  private static JsonNode cut(JsonNode node) {
    if (node instanceof ObjectNode) {
      ObjectNode object = NODES.objectNode();
      node.properties()
          .forEach(e -> {
            if (e.getKey().equals("labels") && isLater(node, e.getValue())) {
              return;
            }
            if (TIMES.contains(e.getKey())) {
              object.put(
                  e.getKey(),
                  OffsetDateTime.parse(e.getValue().asString())
                      .truncatedTo(ChronoUnit.MILLIS)
                      .toInstant()
                      .toString());
            } else if (e.getKey().equals("lastError")) {
              object.put("lastError", agreed(e.getValue().asString()));
            } else if (!MEASURED.contains(e.getKey())) {
              JsonNode value = cut(e.getValue());
              object.set(e.getKey(), e.getKey().equals("alerts") ? sorted(value) : value);
            }
          });
      return object;
    }
    if (node instanceof ArrayNode) {
      ArrayNode array = NODES.arrayNode();
      for (JsonNode value : node.values()) {
        // Prometheus 3 leaves out groups without rules of the wanted type, 2.42 did not.
        if (!(value.path("rules") instanceof ArrayNode rules && rules.isEmpty())) {
          array.add(cut(value));
        }
      }
      return array;
    }
    return node;
  }

  /**
   * A failure without what Prometheus 3 tells otherwise than 2.42: in which order it names the two
   * series of a group, and the values of a sample that was there already.
   */
  private static String agreed(String failure) {
    String error = DUPLICATE_SAMPLE.matcher(failure).replaceFirst("$1");
    Matcher two = DUPLICATES.matcher(error);
    return two.find() && two.group(1).compareTo(two.group(2)) > 0
        ? error.substring(0, two.start(1))
            + two.group(2)
            + ", "
            + two.group(1)
            + error.substring(two.end(2))
        : error;
  }

  /** Prometheus 3 shows that a recording rule has no labels, 2.42 did not. */
  private static boolean isLater(JsonNode rule, JsonNode labels) {
    return labels.isEmpty() && rule.path("type").asString("").equals("recording");
  }

  /** Upstream's order of alerts is that of a hash table. */
  private static JsonNode sorted(JsonNode alerts) {
    List<String> texts = new ArrayList<>();
    alerts.values().forEach(alert -> texts.add(PeerAnswer.sorted(alert).toString()));
    texts.sort(null);
    ArrayNode array = NODES.arrayNode();
    texts.forEach(text -> array.add(JsonMapper.shared().readTree(text)));
    return array;
  }
}
