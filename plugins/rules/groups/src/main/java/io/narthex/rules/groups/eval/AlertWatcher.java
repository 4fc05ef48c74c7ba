package io.narthex.rules.groups.eval;

import io.narthex.api.model.Labels;

/** Hears of each change of an alert's state. Called on threads of groups; must return at once. */
@FunctionalInterface
public interface AlertWatcher {
  /** Hears nothing. */
  AlertWatcher NONE = (file, group, alert, labels, from, to, time, value) -> {};

  /**
   * A change.
   *
   * @param file that the group stands in
   * @param group its name
   * @param alert name of the alert
   * @param labels of the alert
   * @param from {@code inactive pending firing}
   * @param to one of these
   * @param time of the evaluation, nanoseconds since the epoch
   * @param value of the expression
   */
  void changed(
      String file,
      String group,
      String alert,
      Labels labels,
      String from,
      String to,
      long time,
      double value);
}
