package io.narthex.api.discovery;

import io.narthex.api.Api;
import java.util.List;

/**
 * Takes what a discoverer has found. Safe for several threads; returns at once.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface TargetSink {
  /**
   * Replaces the groups of the same {@link TargetGroup#source}; a group without targets removes it.
   * Others stay.
   *
   * @param groups changed groups
   */
  void update(List<TargetGroup> groups);

  /**
   * As {@link #update}, of a source of which another part cannot be read at present: these groups
   * are taken, and the discoverer still fails.
   *
   * @param groups changed groups
   * @param reason shown on pages; no secrets
   */
  default void updatePartly(List<TargetGroup> groups, String reason) {
    update(groups);
    failing(reason);
  }

  /**
   * As {@link #updatePartly(List, String)}, with a reason for each part.
   *
   * @param groups changed groups
   * @param reasons at least one; no secrets
   */
  default void updatePartly(List<TargetGroup> groups, List<String> reasons) {
    updatePartly(groups, String.join("; ", reasons));
  }

  /**
   * Says that the source cannot be read at present, until the next {@link #update}.
   *
   * @param reason shown on pages; no secrets
   */
  void failing(String reason);

  /**
   * As {@link #failing(String)}, where several parts cannot be read, each for a reason of its own:
   * one that comes and one that goes are told apart.
   *
   * @param reasons all that there are now, at least one; no secrets
   */
  default void failing(List<String> reasons) {
    failing(String.join("; ", reasons));
  }
}
