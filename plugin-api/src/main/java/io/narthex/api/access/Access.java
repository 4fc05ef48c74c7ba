package io.narthex.api.access;

import io.narthex.api.Api;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import java.util.List;
import java.util.Objects;

/**
 * What the sender of a request may see. Whatever reads series, or tells something of them, for a
 * request leaves out those that {@link #shows} is false for. Immutable; safe for any number of
 * threads.
 *
 * @param name of the user or token, for logs and messages; empty for nobody in particular
 * @param selectors a series is shown when it satisfies all matchers of one of them; none of them
 *     for all series
 * @param limits of each query
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record Access(String name, List<List<Matcher>> selectors, QueryLimits limits) {
  /** Everything, without limits but those of the server: where nobody configured anything. */
  public static final Access FULL = new Access("", List.of(), QueryLimits.NONE);

  public Access {
    Objects.requireNonNull(name);
    Objects.requireNonNull(limits);
    selectors = selectors.stream().map(List::copyOf).toList();
    if (selectors.stream().anyMatch(List::isEmpty)) {
      throw new IllegalArgumentException(
          "cannot make access of " + name + ": got a selector without matchers, want one at least");
    }
  }

  /** Whether some series are hidden. */
  public boolean isRestricted() {
    return !selectors.isEmpty();
  }

  /** Whether a series may be seen. */
  public boolean shows(Labels labels) {
    if (selectors.isEmpty()) {
      return true;
    }
    for (List<Matcher> selector : selectors) {
      boolean all = true;
      for (Matcher matcher : selector) {
        if (!matcher.matches(labels)) {
          all = false;
          break;
        }
      }
      if (all) {
        return true;
      }
    }
    return false;
  }
}
