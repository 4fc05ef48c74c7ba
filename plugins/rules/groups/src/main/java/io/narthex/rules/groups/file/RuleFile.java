package io.narthex.rules.groups.file;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.narthex.api.config.EmptyItem;
import io.narthex.api.config.ShownType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A rule file as it is written. Only what each key may hold is checked here; {@link RuleFileReader}
 * checks the rest.
 *
 * @param groups in order
 */
@ShownType("rulefmt.RuleGroups")
public record RuleFile(List<Group> groups) {
  /**
   * A group of rules.
   *
   * @param name unique in the file
   * @param interval of evaluation; zero for the global one
   * @param queryOffset how far back its rules look; null for the global one
   * @param limit series or alerts of a rule at most; 0 for any number
   * @param rules in order
   * @param labels that all its rules add
   */
  @ShownType("rulefmt.RuleGroup")
  @EmptyItem("Groupname must not be empty")
  public record Group(
      String name,
      Duration interval,
      @Nullable Duration queryOffset,
      int limit,
      List<Rule> rules,
      Map<String, String> labels) {}

  /**
   * A rule: one of {@code record} and {@code alert} is not empty.
   *
   * @param record name of the series that are recorded
   * @param alert name of the alert
   * @param expr expression
   * @param holdFor how long it must hold before the alert fires
   * @param keepFiringFor how long the alert fires on when it holds no more
   * @param labels that are added
   * @param annotations of the alert
   */
  @ShownType("rulefmt.Rule")
  public record Rule(
      String record,
      String alert,
      String expr,
      @JsonProperty("for") Duration holdFor,
      Duration keepFiringFor,
      Map<String, String> labels,
      Map<String, String> annotations) {
    /** The name of the alert, or of the series. */
    public String name() {
      return alert.isEmpty() ? record : alert;
    }
  }
}
