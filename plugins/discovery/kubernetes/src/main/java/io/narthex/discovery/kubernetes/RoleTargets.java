package io.narthex.discovery.kubernetes;

import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.model.Labels;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Makes target groups of the objects of a role in one namespace, or in all. What it watches is
 * chosen when it is made; groups are made by one thread, later.
 */
abstract class RoleTargets {
  /** Takes keys of objects whose groups have to be made anew. Safe for several threads. */
  interface Changes {
    void changed(String key);
  }

  /** All objects that groups of this role are made of. */
  abstract Watched<? extends Fact> objects();

  /** Completes when everything has been listed. */
  abstract CompletableFuture<Void> listed();

  /**
   * Makes the group of an object; one without targets when the object is gone.
   *
   * @return null to leave what was made of it before
   */
  abstract @Nullable TargetGroup group(String key);

  static TargetGroup empty(String source) {
    return new TargetGroup(source, List.of(), Labels.empty());
  }
}
