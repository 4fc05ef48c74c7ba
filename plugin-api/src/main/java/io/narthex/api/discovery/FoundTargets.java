package io.narthex.api.discovery;

import io.narthex.api.Api;
import io.narthex.api.model.Labels;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a discoverer that knows all its groups at a time and the {@link TargetSink}, which
 * wants those that have changed: remembers what was sent, and sends what is new, other or gone.
 * Where nothing has changed the sink hears nothing, except for the first time and after a failure.
 * Safe for several threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class FoundTargets {
  private final TargetSink sink;

  /** What was sent, by its source; null before the first time. */
  private @Nullable Map<String, TargetGroup> sent;

  private boolean failing;

  /** Sends to {@code sink}; nothing has been sent yet. */
  public FoundTargets(TargetSink sink) {
    this.sink = Objects.requireNonNull(sink);
  }

  /**
   * The source was read.
   *
   * @param all its groups; of those with equal sources the last counts
   */
  public synchronized void found(Collection<TargetGroup> all) {
    boolean always = sent == null || failing;
    List<TargetGroup> changed = changed(all);
    if (!changed.isEmpty() || always) {
      sink.update(changed);
    }
    failing = false;
    if (sent == null) {
      sent = Map.of();
    }
  }

  /**
   * A part of the source was read, another was not.
   *
   * @param all its groups, of the part that was not read those that were found there before
   * @param reason as in {@link TargetSink#failing}
   */
  public void found(Collection<TargetGroup> all, String reason) {
    found(all, List.of(reason));
  }

  /**
   * Parts of the source were read, others were not.
   *
   * @param all its groups, of the parts that were not read those that were found there before
   * @param reasons one for each, at least one; as in {@link TargetSink#failing}
   */
  public synchronized void found(Collection<TargetGroup> all, List<String> reasons) {
    failing = true;
    List<TargetGroup> changed = changed(all);
    // Without news no update: it would end what is shown in the place of targets that were never
    // found.
    if (changed.isEmpty()) {
      sink.failing(reasons);
    } else {
      sink.updatePartly(changed, reasons);
    }
  }

  /** The source cannot be read; as {@link TargetSink#failing}. */
  public synchronized void failing(String reason) {
    failing = true;
    sink.failing(reason);
  }

  /** What is new, other or gone; it counts as sent. */
  private List<TargetGroup> changed(Collection<TargetGroup> all) {
    Map<String, TargetGroup> now = LinkedHashMap.newLinkedHashMap(all.size());
    all.forEach(group -> now.put(group.source(), group));
    Map<String, TargetGroup> before = sent == null ? Map.of() : sent;
    List<TargetGroup> changed = new ArrayList<>();
    now.forEach((source, group) -> {
      if (!group.equals(before.get(source))) {
        changed.add(group);
      }
    });
    before.forEach((source, group) -> {
      if (!now.containsKey(source)) {
        changed.add(new TargetGroup(source, List.of(), Labels.empty()));
      }
    });
    if (!changed.isEmpty()) {
      sent = now;
    }
    return changed;
  }
}
