package io.narthex.api.relabel;

import io.narthex.api.Api;
import io.narthex.api.model.Labels;
import io.narthex.api.model.NameScheme;
import io.narthex.api.model.Regex;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntUnaryOperator;

/**
 * A compiled list of {@link RelabelConfig}. Immutable; safe for any number of threads. Source:
 * Prometheus 3.14, package {@code relabel}.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public final class Relabeller {
  private record Step(RelabelConfig config, Regex regex, String replacement) {}

  private final List<Step> steps;
  private final NameScheme scheme;

  private Relabeller(List<Step> steps, NameScheme scheme) {
    this.steps = steps;
    this.scheme = scheme;
  }

  /** Compiles the steps; names may be any text. */
  public static Relabeller of(List<RelabelConfig> configs) {
    return of(configs, NameScheme.UTF8);
  }

  /**
   * Compiles the steps. Where a step expands to a name that the scheme does not allow, it writes
   * nothing.
   *
   * @throws IllegalArgumentException as {@link RelabelConfig#check}
   */
  public static Relabeller of(List<RelabelConfig> configs, NameScheme scheme) {
    List<Step> steps = new ArrayList<>();
    for (RelabelConfig c : configs) {
      c.check(scheme);
      steps.add(
          new Step(
              c,
              Regex.compile(Objects.requireNonNullElse(c.regex(), RelabelConfig.DEFAULT_REGEX)),
              Objects.requireNonNullElse(c.replacement(), RelabelConfig.DEFAULT_REPLACEMENT)));
    }
    return new Relabeller(List.copyOf(steps), scheme);
  }

  /** Whether there are no steps. */
  public boolean isEmpty() {
    return steps.isEmpty();
  }

  /** The number of steps. */
  public int size() {
    return steps.size();
  }

  /**
   * Runs all steps on {@code labels}, which is changed in place.
   *
   * @return false when a step drops the series; the labels are then as that step found them
   */
  public boolean apply(Labels.Builder labels) {
    for (Step step : steps) {
      if (!apply(step, labels)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Runs one step, for pages that show the effect of each.
   *
   * @param index {@code 0 <= index < size()}
   * @return false when the step drops the series
   */
  public boolean applyStep(int index, Labels.Builder labels) {
    return apply(steps.get(index), labels);
  }

  private boolean apply(Step step, Labels.Builder labels) {
    RelabelConfig c = step.config;
    return switch (c.action()) {
      case DROP -> !step.regex.matches(joined(c, labels));
      case KEEP -> step.regex.matches(joined(c, labels));
      case DROPEQUAL -> !labels.get(c.targetLabel()).equals(joined(c, labels));
      case KEEPEQUAL -> labels.get(c.targetLabel()).equals(joined(c, labels));
      case REPLACE -> {
        replace(step, labels);
        yield true;
      }
      case LOWERCASE -> {
        labels.set(c.targetLabel(), mapped(joined(c, labels), Character::toLowerCase));
        yield true;
      }
      case UPPERCASE -> {
        labels.set(c.targetLabel(), mapped(joined(c, labels), Character::toUpperCase));
        yield true;
      }
      case HASHMOD -> {
        labels.set(
            c.targetLabel(),
            Long.toUnsignedString(Long.remainderUnsigned(md5(joined(c, labels)), c.modulus())));
        yield true;
      }
      case LABELMAP -> {
        // Upstream reads the labels as they were before this step.
        labels
            .build()
            .forEach((name, value) -> {
              String renamed = step.regex.expand(name, step.replacement);
              if (renamed != null && !renamed.isEmpty()) {
                labels.set(renamed, value);
              }
            });
        yield true;
      }
      case LABELDROP -> {
        retain(labels, name -> !step.regex.matches(name));
        yield true;
      }
      case LABELKEEP -> {
        retain(labels, step.regex::matches);
        yield true;
      }
    };
  }

  private static void retain(Labels.Builder labels, java.util.function.Predicate<String> keep) {
    labels.reset(labels.build().filter(keep));
  }

  private void replace(Step step, Labels.Builder labels) {
    RelabelConfig c = step.config;
    String value = joined(c, labels);
    String target = step.regex.expand(value, c.targetLabel());
    if (target == null || !scheme.isLabelName(target)) {
      // No match, or the expanded name is none: upstream leaves the series as it is.
      return;
    }
    String replacement = Objects.requireNonNull(step.regex.expand(value, step.replacement));
    labels.set(target, replacement);
  }

  /**
   * Character by character, as Go does: {@link String#toUpperCase} makes {@code SS} of {@code ß},
   * and knows a final sigma.
   */
  private static String mapped(String value, IntUnaryOperator mapping) {
    StringBuilder out = new StringBuilder(value.length());
    value.codePoints().map(mapping).forEach(out::appendCodePoint);
    return out.toString();
  }

  private static String joined(RelabelConfig c, Labels.Builder labels) {
    List<String> sources = c.sourceLabels();
    if (sources.size() == 1) {
      return labels.get(sources.get(0));
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < sources.size(); i++) {
      if (i > 0) {
        out.append(c.separator());
      }
      out.append(labels.get(sources.get(i)));
    }
    return out.toString();
  }

  /**
   * The last eight bytes of the MD5, big-endian: Prometheus's choice, which shards of several
   * servers agree on.
   */
  private static long md5(String value) {
    try {
      byte[] digest =
          MessageDigest.getInstance("MD5").digest(value.getBytes(StandardCharsets.UTF_8));
      long hash = 0;
      for (int i = 8; i < 16; i++) {
        hash = hash << 8 | (digest[i] & 0xff);
      }
      return hash;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has MD5", e);
    }
  }
}
