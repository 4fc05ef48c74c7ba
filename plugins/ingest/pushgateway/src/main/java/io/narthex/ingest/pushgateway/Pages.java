package io.narthex.ingest.pushgateway;

import io.narthex.api.config.Durations;
import io.narthex.api.format.MetricFamily.Bucket;
import io.narthex.api.format.MetricFamily.Counter;
import io.narthex.api.format.MetricFamily.Gauge;
import io.narthex.api.format.MetricFamily.Histogram;
import io.narthex.api.format.MetricFamily.Label;
import io.narthex.api.format.MetricFamily.Quantile;
import io.narthex.api.format.MetricFamily.Summary;
import io.narthex.api.format.MetricFamily.Untyped;
import io.narthex.api.format.MetricFamily.Value;
import io.narthex.api.model.LabelNames;
import io.narthex.api.plugin.Program;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.web.HttpError;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The pages: the groups with buttons that delete them, and the state of the program. They are made
 * here as HTML; the script only sends deletions. Everything that was pushed goes through {@link
 * #escape}.
 */
final class Pages {
  private static final String HTML = "text/html; charset=utf-8";
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self';"
          + " object-src 'none'";

  /** So many metrics of a family are shown; there may be any number. */
  private static final int MAX_METRICS = 200;

  /** Of groups that come behind about so many metrics the labels alone are shown. */
  private static final int MAX_SHOWN = 5_000;

  private final Program program;
  private final RunningConfiguration configuration;

  Pages(Program program, RunningConfiguration configuration) {
    this.program = program;
    this.configuration = configuration;
  }

  static boolean isAdmin(RunningConfiguration configuration) {
    return "true".equals(configuration.flags().get("web.enable-admin-api"));
  }

  /** The page of all groups. */
  void groups(WebRequest request, WebResponse response, List<Group> groups, Duration ttl)
      throws IOException {
    StringBuilder out = head("Groups", "./");
    out.append("<div class=\"tools\"><span class=\"stats\">");
    out.append(groups.size()).append(groups.size() == 1 ? " group" : " groups");
    if (!ttl.isZero()) {
      out.append(", each deleted ").append(Durations.format(ttl)).append(" after its last push");
    }
    out.append("</span>");
    if (isAdmin(configuration)) {
      out.append("<button class=\"add danger\" type=\"button\" data-wipe=\"api/v1/admin/wipe\"");
      out.append(groups.isEmpty() ? " disabled" : "").append(">Delete all groups</button>");
    }
    out.append("</div>");
    if (groups.isEmpty()) {
      out.append(
          "<div class=\"note empty\"><strong>Nothing has been pushed</strong><p>A job pushes its"
              + " metrics with <code>PUT</code> or <code>POST</code> to"
              + " <code>metrics/job/&lt;name&gt;</code>.</p></div>");
    }
    int shown = 0;
    for (Group group : groups) {
      group(group, shown < MAX_SHOWN, out);
      for (Family family : group.families().values()) {
        shown += Math.min(MAX_METRICS, family.metrics().size());
      }
    }
    send(response, foot(out));
  }

  private static void group(Group group, boolean whole, StringBuilder out) {
    String path = "metrics/" + GroupingKey.path(group.labels());
    out.append("<details class=\"pool group\"><summary><span class=\"chips\">");
    chip("job", group.labels().getOrDefault(LabelNames.JOB, ""), out);
    group
        .labels()
        .forEach((name, value) -> {
          if (!name.equals(LabelNames.JOB)) {
            chip(name, value, out);
          }
        });
    out.append("</span>");
    if (!group.lastPushSucceeded()) {
      out.append("<span class=\"badge down\">Last push failed</span>");
    }
    out.append("<span class=\"at\">");
    time("pushed", group.pushed(), out);
    if (group.failed() != null) {
      out.append(" · ");
      time("failed", group.failed(), out);
    }
    out.append("</span><button class=\"add danger\" type=\"button\" data-delete=\"");
    out.append(escape(path)).append("\">Delete</button></summary>");
    if (whole) {
      out.append("<div class=\"scroll\"><table><tbody>");
      for (Family family : group.all().values()) {
        family(family, out);
      }
      out.append("</tbody></table></div>");
    } else {
      out.append("<div class=\"scroll\"><div class=\"note empty\">This page has many metrics");
      out.append(" already; those of this group are in <a href=\"api/v1/metrics\">the API</a>.");
      out.append("</div></div>");
    }
    out.append("</details>");
  }

  private static void time(String what, @Nullable Instant at, StringBuilder out) {
    out.append(what).append(' ');
    if (at == null) {
      out.append("never");
      return;
    }
    String text = at.truncatedTo(ChronoUnit.SECONDS).toString();
    out.append("<time datetime=\"").append(text).append("\">").append(text).append("</time>");
  }

  private static void family(Family family, StringBuilder out) {
    out.append("<tr class=\"family\"><th colspan=\"2\"><span class=\"series\">");
    out.append(escape(family.name())).append("</span> <span class=\"badge\">");
    out.append(Family.word(family.type()).toLowerCase(java.util.Locale.ROOT));
    out.append("</span> <span class=\"help\">").append(escape(family.help()));
    out.append("</span></th></tr>");
    int shown = Math.min(MAX_METRICS, family.metrics().size());
    for (Pushed metric : family.metrics().subList(0, shown)) {
      out.append("<tr><td><span class=\"chips\">");
      for (Label label : metric.labels()) {
        chip(label.name(), label.value(), out);
      }
      out.append("</span></td><td class=\"number\">");
      value(metric.value(), out);
      out.append("</td></tr>");
    }
    if (shown < family.metrics().size()) {
      out.append("<tr><td colspan=\"2\" class=\"at\">and ");
      out.append(family.metrics().size() - shown).append(" more</td></tr>");
    }
  }

  private static void value(@Nullable Value value, StringBuilder out) {
    switch (value) {
      case null -> {}
      case Counter c -> out.append(GoFloat.plain(c.value()));
      case Gauge g -> out.append(GoFloat.plain(g.value()));
      case Untyped u -> out.append(GoFloat.plain(u.value()));
      case Summary s -> {
        for (Quantile q : s.quantiles()) {
          out.append("quantile ").append(GoFloat.plain(q.quantile())).append(": ");
          out.append(GoFloat.plain(q.value())).append("<br>");
        }
        out.append("count: ").append(Long.toUnsignedString(s.count()));
        out.append("<br>sum: ").append(GoFloat.plain(s.sum()));
      }
      case Histogram h -> {
        for (Bucket b : h.buckets()) {
          out.append("&le; ").append(GoFloat.plain(b.upperBound())).append(": ");
          out.append(GoFloat.plain(b.cumulativeCount())).append("<br>");
        }
        out.append("count: ").append(GoFloat.plain(h.count()));
        out.append("<br>sum: ").append(GoFloat.plain(h.sum()));
      }
    }
  }

  private static void chip(String name, String value, StringBuilder out) {
    out.append("<span class=\"series\"><span class=\"key\">").append(escape(name));
    StringBuilder written = new StringBuilder(value.length());
    Exposition.escape(value, true, written);
    out.append("</span>=<span class=\"value\">\"").append(escape(written.toString()));
    out.append("\"</span></span>");
  }

  /** The page of flags and build. */
  void status(WebRequest request, WebResponse response) throws IOException {
    StringBuilder out = head("Status", "./status");
    table(
        "Runtime",
        Map.of("started", program.startedAt().truncatedTo(ChronoUnit.SECONDS).toString()),
        out);
    table("Build", Api.buildInformation(program), out);
    table("Flags", new TreeMap<>(configuration.flags()), out);
    send(response, foot(out));
  }

  private static void table(String title, Map<String, String> rows, StringBuilder out) {
    out.append("<section class=\"pool\"><h2>").append(title).append("</h2>");
    out.append("<div class=\"scroll\"><table><tbody>");
    rows.forEach((name, value) ->
        out.append("<tr><th scope=\"row\">")
            .append(escape(name))
            .append("</th><td class=\"plain\">")
            .append(escape(value))
            .append("</td></tr>"));
    out.append("</tbody></table></div></section>");
  }

  private static StringBuilder head(String title, String path) {
    StringBuilder out = new StringBuilder(1 << 14);
    out.append(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
            + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
            + "<meta name=\"robots\" content=\"noindex,nofollow\">"
            + "<meta name=\"color-scheme\" content=\"light dark\"><title>");
    out.append(title).append(" · Pushgateway</title>");
    out.append(
        "<link rel=\"icon\" href=\"static/logo.svg\" type=\"image/svg+xml\">"
            + "<link rel=\"stylesheet\" href=\"static/pushgateway.css\">"
            + "<script type=\"module\" src=\"static/pushgateway.js\"></script></head><body>"
            + "<a class=\"skip\" href=\"#main\">Skip to content</a><header class=\"bar\">"
            + "<a class=\"brand\" href=\"./\"><img src=\"static/logo.svg\" alt=\"\" width=\"22\""
            + " height=\"22\">Narthex Pushgateway</a><nav aria-label=\"Pages\">");
    menu("Groups", "./", path, out);
    menu("Status", "./status", path, out);
    return out.append("</nav></header><main id=\"main\" tabindex=\"-1\"><h1 class=\"unseen\">")
        .append(title)
        .append("</h1><div id=\"problem\" class=\"note error\" role=\"alert\" hidden></div>");
  }

  private static void menu(String title, String path, String current, StringBuilder out) {
    out.append("<a href=\"").append(path).append('"');
    out.append(path.equals(current) ? " aria-current=\"page\">" : ">").append(title).append("</a>");
  }

  private static String foot(StringBuilder out) {
    return out.append("</main></body></html>").toString();
  }

  private static void send(WebResponse response, String html) throws IOException {
    secure(response).header("Cache-Control", "no-cache").send(HTML, html);
  }

  private static WebResponse secure(WebResponse response) {
    return response
        .header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        .header("X-Content-Type-Options", "nosniff")
        .header("Referrer-Policy", "same-origin");
  }

  /** The style, the script and the picture, found by their names in a table. */
  void asset(WebRequest request, WebResponse response) throws IOException {
    String name = request.pathParameter("name");
    String type =
        switch (name) {
          case "pushgateway.css" -> "text/css; charset=utf-8";
          case "pushgateway.js" -> "text/javascript; charset=utf-8";
          case "logo.svg" -> "image/svg+xml";
          default -> throw new HttpError(404, "404 page not found\n");
        };
    try (InputStream in = Pages.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new HttpError(404, "404 page not found\n");
      }
      secure(response).header("Cache-Control", "no-cache").send(type, in.readAllBytes());
    }
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
