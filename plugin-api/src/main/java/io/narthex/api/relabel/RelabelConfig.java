package io.narthex.api.relabel;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.google.re2j.PatternSyntaxException;
import io.narthex.api.Api;
import io.narthex.api.config.Default;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.NameScheme;
import io.narthex.api.model.Quoting;
import io.narthex.api.model.Regex;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One step of relabelling. Source: Prometheus 3.14, {@code relabel_config}.
 *
 * @param sourceLabels labels whose values are joined
 * @param separator stands between the joined values
 * @param regex matched against the joined value, anchored
 * @param modulus of the hash for {@code hashmod}
 * @param targetLabel the label that is written
 * @param replacement what is written, with {@code $1} references; null when absent, which means
 *     {@code $1}
 * @param action what to do
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public record RelabelConfig(
    List<String> sourceLabels,
    @Default(";") String separator,
    @Nullable String regex,
    long modulus,
    String targetLabel,
    @Nullable String replacement,
    Action action) {

  /** The default expression, which matches everything as its first group. */
  public static final String DEFAULT_REGEX = "(.*)";

  /** The default replacement. */
  public static final String DEFAULT_REPLACEMENT = "$1";

  /** The actions of Prometheus 3.14. */
  public enum Action {
    REPLACE,
    KEEP,
    DROP,
    KEEPEQUAL,
    DROPEQUAL,
    HASHMOD,
    LABELMAP,
    LABELDROP,
    LABELKEEP,
    LOWERCASE,
    UPPERCASE;

    /**
     * Reads an action; upper and lower case are the same.
     *
     * @throws IllegalArgumentException with Prometheus's text when there is no such action
     */
    @JsonCreator
    public static Action parse(String text) {
      for (Action action : values()) {
        if (action.name().equalsIgnoreCase(text)) {
          return action;
        }
      }
      throw new IllegalArgumentException("unknown relabel action " + Quoting.quote(text));
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A classic name in which any part may be a reference to a group. */
  private static final Regex LEGACY_TEMPLATE =
      Regex.compile("(?:(?:[a-zA-Z_]|\\$(?:\\{\\w+\\}|\\w+))+\\w*)+");

  /** Checks what each action needs, with Prometheus's messages; names may be any text. */
  public RelabelConfig {
    sourceLabels = List.copyOf(sourceLabels);
    if (regex != null) {
      try {
        Regex.compile(regex);
      } catch (PatternSyntaxException e) {
        throw new IllegalArgumentException(e.getMessage(), e);
      }
    }
    boolean writes = writes(action);
    if (action == Action.HASHMOD && modulus == 0) {
      throw new IllegalArgumentException(
          "relabel configuration for hashmod requires non-zero modulus");
    }
    if (modulus < 0) {
      throw new IllegalArgumentException("cannot unmarshal !!int `" + modulus + "` into uint64");
    }
    if (writes && targetLabel.isEmpty()) {
      throw new IllegalArgumentException(
          "relabel configuration for " + action + " action requires 'target_label' value");
    }
    if (writes && !LabelNames.isValid(targetLabel)) {
      throw new IllegalArgumentException(
          Quoting.quote(targetLabel) + " is invalid 'target_label' for " + action + " action");
    }
    if (writes
        && action != Action.REPLACE
        && action != Action.HASHMOD
        && replacement != null
        && !replacement.equals(DEFAULT_REPLACEMENT)) {
      throw new IllegalArgumentException("'replacement' can not be set for " + action + " action");
    }
    if (action == Action.LABELMAP && replacement != null && !LabelNames.isValid(replacement)) {
      throw new IllegalArgumentException(
          Quoting.quote(replacement) + " is invalid 'replacement' for labelmap action");
    }
    if (action == Action.LABELDROP || action == Action.LABELKEEP) {
      if (!sourceLabels.isEmpty()
          || !targetLabel.isEmpty()
          || modulus != 0
          || !separator.equals(";")
          || (replacement != null && !replacement.equals(DEFAULT_REPLACEMENT))) {
        throw new IllegalArgumentException(
            action + " action requires only 'regex', and no other fields");
      }
    }
    if ((action == Action.KEEPEQUAL || action == Action.DROPEQUAL)
        && ((regex != null && !regex.equals(DEFAULT_REGEX))
            || modulus != 0
            || !separator.equals(";"))) {
      throw new IllegalArgumentException(
          action + " action requires only 'source_labels' and `target_label`, and no other fields");
    }
  }

  private static boolean writes(Action action) {
    return switch (action) {
      case REPLACE, KEEPEQUAL, DROPEQUAL, HASHMOD, LOWERCASE, UPPERCASE -> true;
      case KEEP, DROP, LABELMAP, LABELDROP, LABELKEEP -> false;
    };
  }

  /**
   * Checks the names that the step writes by a scheme, which the step itself does not know: it
   * stands in the job's configuration or in the global one.
   *
   * @throws IllegalArgumentException with Prometheus's text
   */
  public void check(NameScheme scheme) {
    if (scheme == NameScheme.UTF8) {
      return; // The constructor has done so.
    }
    boolean template = action == Action.REPLACE && targetLabel.indexOf('$') >= 0;
    if (writes(action)
        && !(template ? LEGACY_TEMPLATE.matches(targetLabel) : scheme.isLabelName(targetLabel))) {
      throw new IllegalArgumentException(
          Quoting.quote(targetLabel) + " is invalid 'target_label' for " + action + " action");
    }
    if (action == Action.LABELMAP && replacement != null && !LEGACY_TEMPLATE.matches(replacement)) {
      throw new IllegalArgumentException(
          Quoting.quote(replacement) + " is invalid 'replacement' for labelmap action");
    }
  }
}
