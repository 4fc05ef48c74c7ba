package io.narthex.ingest.pushgateway;

import io.narthex.api.format.MetricFamily.Bucket;
import io.narthex.api.format.MetricFamily.Counter;
import io.narthex.api.format.MetricFamily.Gauge;
import io.narthex.api.format.MetricFamily.Histogram;
import io.narthex.api.format.MetricFamily.Label;
import io.narthex.api.format.MetricFamily.Quantile;
import io.narthex.api.format.MetricFamily.Summary;
import io.narthex.api.format.MetricFamily.Untyped;
import io.narthex.api.plugin.Program;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** The answers of the API, as JSON. */
final class Api {
  private Api() {}

  /** {@code /api/v1/metrics}: all groups. */
  static String metrics(List<Group> groups) {
    Json json = success();
    json.begin('[');
    for (Group group : groups) {
      json.begin('{').key("labels").begin('{');
      group.labels().forEach((name, value) -> json.key(name).value(value));
      json.end('}').key("last_push_successful").value(group.lastPushSucceeded());
      group.all().values().forEach(family -> family(family, json));
      json.end('}');
    }
    return json.end(']').end('}').toString();
  }

  /** {@code /api/v1/status}: flags, start and build. */
  static String status(Map<String, String> flags, Program program) {
    Json json = success();
    json.begin('{').key("build_information").begin('{');
    buildInformation(program).forEach((name, value) -> json.key(name).value(value));
    json.end('}').key("flags").begin('{');
    flags.forEach((name, value) -> json.key(name).value(value));
    json.end('}').key("start_time").value(time(program.startedAt()));
    return json.end('}').end('}').toString();
  }

  /** What is known of the build, under upstream's names. */
  static Map<String, String> buildInformation(Program program) {
    return new java.util.TreeMap<>(
        Map.of(
            "version",
            program.standsInFor(),
            "revision",
            program.revision(),
            "branch",
            "",
            "buildUser",
            "",
            "buildDate",
            "",
            "goVersion",
            "java" + Runtime.version().feature(),
            "narthex",
            program.version()));
  }

  private static Json success() {
    return new Json().begin('{').key("status").value("success").key("data");
  }

  private static void family(Family family, Json json) {
    json.key(family.name()).begin('{').key("time_stamp").value(time(family.time()));
    json.key("type").value(Family.word(family.type()));
    if (!family.help().isEmpty()) {
      json.key("help").value(family.help());
    }
    json.key("metrics").begin('[');
    for (Pushed metric : family.metrics()) {
      json.begin('{').key("labels").begin('{');
      for (Label label : metric.labels()) {
        json.key(label.name()).value(label.value());
      }
      json.end('}');
      switch (metric.value()) {
        case null -> {}
        case Counter c -> json.key("value").value(GoFloat.shortest(c.value()));
        case Gauge g -> json.key("value").value(GoFloat.shortest(g.value()));
        case Untyped u -> json.key("value").value(GoFloat.shortest(u.value()));
        case Summary s -> {
          json.key("quantiles").begin('{');
          for (Quantile q : s.quantiles()) {
            json.key(GoFloat.shortest(q.quantile())).value(GoFloat.shortest(q.value()));
          }
          json.end('}').key("count").value(Long.toUnsignedString(s.count()));
          json.key("sum").value(GoFloat.shortest(s.sum()));
        }
        case Histogram h -> {
          json.key("buckets").begin('{');
          for (Bucket b : h.buckets()) {
            json.key(GoFloat.shortest(b.upperBound())).value(count(b.cumulativeCount()));
          }
          json.end('}').key("count").value(count(h.count()));
          json.key("sum").value(GoFloat.shortest(h.sum()));
        }
      }
      json.end('}');
    }
    json.end(']').end('}');
  }

  /** As Go writes it: no zeros at the end of the fraction. */
  private static String time(Instant time) {
    String text = time.toString();
    int end = text.length() - 1;
    if (text.indexOf('.') < 0) {
      return text;
    }
    while (text.charAt(end - 1) == '0') {
      end--;
    }
    return text.substring(0, end) + "Z";
  }

  /** Whole counts without an exponent. */
  static String count(double count) {
    return count == (long) count ? Long.toString((long) count) : GoFloat.shortest(count);
  }
}
