package io.narthex.api.relabel;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.narthex.api.Api;
import io.narthex.api.config.Default;
import io.narthex.api.model.LabelNames;
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
    @JsonProperty("action") Action action) {

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

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Checks what each action needs, with Prometheus's messages. */
  public RelabelConfig {
    sourceLabels = List.copyOf(sourceLabels);
    if (regex != null) {
      Regex.compile(regex);
    }
    boolean writes =
        switch (action) {
          case REPLACE, KEEPEQUAL, DROPEQUAL, HASHMOD, LOWERCASE, UPPERCASE -> true;
          case KEEP, DROP, LABELMAP, LABELDROP, LABELKEEP -> false;
        };
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
    boolean template = action == Action.REPLACE && targetLabel.indexOf('$') >= 0;
    if (writes && !template && !LabelNames.isValid(targetLabel)) {
      throw new IllegalArgumentException(
          "\"" + targetLabel + "\" is invalid 'target_label' for " + action + " action");
    }
    if ((action == Action.LOWERCASE || action == Action.UPPERCASE)
        && replacement != null
        && !replacement.equals(DEFAULT_REPLACEMENT)) {
      throw new IllegalArgumentException("'replacement' can not be set for " + action + " action");
    }
    if (action == Action.LABELMAP && replacement != null && !LabelNames.isValid(replacement)) {
      throw new IllegalArgumentException(
          "\"" + replacement + "\" is invalid 'replacement' for labelmap action");
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
            || !separator.equals(";")
            || (replacement != null && !replacement.equals(DEFAULT_REPLACEMENT)))) {
      throw new IllegalArgumentException(
          action + " action requires only 'source_labels' and `target_label`, and no other fields");
    }
  }
}
