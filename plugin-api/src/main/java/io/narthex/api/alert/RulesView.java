package io.narthex.api.alert;

import io.narthex.api.Api;
import io.narthex.api.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.pf4j.ExtensionPoint;

/**
 * What rules do at present, for pages and the HTTP API. Safe for any number of threads; what it
 * returns is a copy.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface RulesView extends ExtensionPoint {
  /** All groups, in the order of files and of groups in a file. */
  List<Group> groups();

  /**
   * A group.
   *
   * @param name name
   * @param file file it stands in
   * @param interval of evaluation
   * @param limit series or alerts of a rule, 0 for none
   * @param rules in order
   * @param lastEvaluation empty before the first
   * @param evaluationTime of the last one
   * @since 0.1
   */
  record Group(
      String name,
      String file,
      Duration interval,
      int limit,
      List<Rule> rules,
      Optional<Instant> lastEvaluation,
      Duration evaluationTime) {
    public Group {
      rules = List.copyOf(rules);
    }
  }

  /**
   * A rule.
   *
   * @param name metric or alert
   * @param alerting whether it is an alerting rule
   * @param query expression
   * @param duration {@code for}
   * @param keepFiringFor {@code keep_firing_for}
   * @param labels labels it adds, as they are written; texts may be empty, names are in order
   * @param annotations annotations it adds, likewise
   * @param alerts active ones
   * @param health {@code unknown ok err}
   * @param lastError empty for none
   * @param lastEvaluation empty before the first
   * @param evaluationTime of the last one
   * @since 0.1
   */
  record Rule(
      String name,
      boolean alerting,
      String query,
      Duration duration,
      Duration keepFiringFor,
      Map<String, String> labels,
      Map<String, String> annotations,
      List<ActiveAlert> alerts,
      String health,
      String lastError,
      Optional<Instant> lastEvaluation,
      Duration evaluationTime) {
    public Rule {
      labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
      annotations = Collections.unmodifiableSortedMap(new TreeMap<>(annotations));
      alerts = List.copyOf(alerts);
    }
  }

  /**
   * An alert that is pending or firing.
   *
   * @param labels labels
   * @param annotations annotations, expanded; texts may be empty, names are in order
   * @param state {@code pending firing}
   * @param activeAt since when
   * @param keepFiringSince when its condition ended though it still fires
   * @param value of the expression
   * @since 0.1
   */
  record ActiveAlert(
      Labels labels,
      Map<String, String> annotations,
      String state,
      Instant activeAt,
      Optional<Instant> keepFiringSince,
      double value) {
    public ActiveAlert {
      annotations = Collections.unmodifiableSortedMap(new TreeMap<>(annotations));
    }
  }
}
