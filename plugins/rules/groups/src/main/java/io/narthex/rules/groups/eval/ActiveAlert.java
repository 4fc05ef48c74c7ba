package io.narthex.rules.groups.eval;

import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * One alert of a rule. Times are in nanoseconds since the epoch, {@link #NEVER} for none. Guarded
 * by its rule.
 */
final class ActiveAlert {
  static final long NEVER = Long.MIN_VALUE;
  static final String SERIES = "ALERTS";
  static final String FOR_STATE_SERIES = "ALERTS_FOR_STATE";
  static final String ALERT_NAME = "alertname";
  private static final String STATE = "alertstate";

  /** What becomes of an alert. */
  enum State {
    /** Fired, and its condition holds no more. */
    INACTIVE,
    /** Its condition has not held for long enough. */
    PENDING,
    FIRING;

    /** As Prometheus writes it. */
    @Override
    public String toString() {
      return switch (this) {
        case INACTIVE -> "inactive";
        case PENDING -> "pending";
        case FIRING -> "firing";
      };
    }
  }

  /** They identify it. */
  final Labels labels;

  SortedMap<String, String> annotations;
  double value;
  State state = State.PENDING;
  long activeAt;
  long firedAt = NEVER;
  long resolvedAt = NEVER;
  long lastSentAt = NEVER;
  long keepFiringSince = NEVER;

  private @Nullable Labels pendingSeries;
  private @Nullable Labels firingSeries;
  private @Nullable Labels forStateSeries;

  ActiveAlert(Labels labels, SortedMap<String, String> annotations, double value, long activeAt) {
    this.labels = labels;
    this.annotations = annotations;
    this.value = value;
    this.activeAt = activeAt;
  }

  /**
   * The series that tells its state.
   *
   * @param base the labels of its rule, as they are written there
   */
  Labels series(Labels base) {
    boolean firing = state == State.FIRING;
    Labels made = firing ? firingSeries : pendingSeries;
    if (made == null) {
      made = labelled(base, SERIES).set(STATE, state.toString()).build();
      if (firing) {
        firingSeries = made;
      } else {
        pendingSeries = made;
      }
    }
    return made;
  }

  /** The series that tells since when it is active; see {@link #series}. */
  Labels forStateSeries(Labels base) {
    Labels made = forStateSeries;
    if (made == null) {
      made = labelled(base, FOR_STATE_SERIES).build();
      forStateSeries = made;
    }
    return made;
  }

  private Labels.Builder labelled(Labels base, String name) {
    Labels.Builder builder = base.toBuilder();
    labels.forEach(builder::set);
    return builder.set(LabelNames.METRIC_NAME, name);
  }

  /**
   * Whether receivers must hear of it at {@code now}: when it has ended since they heard last, or
   * when that was longer ago than {@code resendDelay}, or later than now: the clock was set back.
   */
  boolean needsSending(long now, long resendDelay) {
    if (state == State.PENDING) {
      return false;
    }
    if (resolvedAt > lastSentAt || lastSentAt > now) {
      return true;
    }
    return lastSentAt == NEVER || lastSentAt + resendDelay < now;
  }
}
