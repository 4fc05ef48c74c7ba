package io.narthex.discovery.kubernetes;

import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.discovery.TargetSink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Hands groups over to all who want them, and whether requests fail at present. Discovery fails
 * while one of them does: an account that may list pods and not nodes finds pods, and is told of
 * the nodes. Safe for any number of threads.
 */
final class Outlet {
  /** So many reasons are told; of a hundred namespaces each may have one. */
  private static final int SHOWN = 3;

  private final List<TargetSink> sinks = new ArrayList<>();
  private final Map<String, TargetGroup> groups = new HashMap<>();
  private final Map<String, String> failing = new TreeMap<>();
  private boolean begun;

  /** Adds a receiver, who gets what has been found so far. */
  synchronized void add(TargetSink sink) {
    sinks.add(sink);
    if (begun) {
      hand(List.of(sink), List.copyOf(groups.values()));
    } else if (!failing.isEmpty()) {
      sink.failing(reasons());
    }
  }

  /**
   * Takes a receiver away.
   *
   * @return whether none is left
   */
  synchronized boolean remove(TargetSink sink) {
    sinks.remove(sink);
    return sinks.isEmpty();
  }

  /**
   * A request fails.
   *
   * @param what names it among the others
   * @param reason without secrets
   */
  synchronized void failed(String what, String reason) {
    if (!reason.equals(failing.put(what, reason))) {
      sinks.forEach(sink -> sink.failing(reasons()));
    }
  }

  /** A request works, again or still. */
  synchronized void works(String what) {
    if (failing.remove(what) == null) {
      return;
    }
    if (!failing.isEmpty()) {
      sinks.forEach(sink -> sink.failing(reasons()));
    } else if (begun) {
      // Before the first groups, an update would say that there are none.
      hand(sinks, List.of());
    }
  }

  /**
   * Hands over those of some groups that differ from what was handed over before. The first time it
   * is told too that there are none.
   *
   * @param made those without targets are gone
   */
  synchronized void send(List<TargetGroup> made) {
    List<TargetGroup> changed = new ArrayList<>();
    for (TargetGroup group : made) {
      boolean isNew =
          group.targets().isEmpty()
              ? groups.remove(group.source()) != null
              : !group.equals(groups.put(group.source(), group));
      if (isNew) {
        changed.add(group);
      }
    }
    if (!begun || !changed.isEmpty()) {
      begun = true;
      hand(sinks, changed);
    }
  }

  private void hand(List<TargetSink> to, List<TargetGroup> changed) {
    for (TargetSink sink : to) {
      if (failing.isEmpty()) {
        sink.update(changed);
      } else {
        sink.updatePartly(changed, reasons());
      }
    }
  }

  private List<String> reasons() {
    List<String> reasons = failing.values().stream().distinct().toList();
    if (reasons.size() <= SHOWN) {
      return reasons;
    }
    List<String> first = new ArrayList<>(reasons.subList(0, SHOWN));
    first.add("and " + (reasons.size() - SHOWN) + " more");
    return first;
  }
}
