package io.narthex.ingest.pushgateway;

import io.narthex.api.format.MetricFamily.Label;
import io.narthex.api.model.NameScheme;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * All groups. Pushes and deletions are applied one after the other in the order in which they
 * arrive: the lock is a fair one. What is handed out does not change any more. Safe for any number
 * of threads.
 */
final class GroupStore {
  private final ReentrantLock lock = new ReentrantLock(true);
  private final Clock clock;
  private final Runnable onChange;

  // Guarded by lock.
  private final Map<SortedMap<String, String>, Group> groups = new HashMap<>();
  private final FamilyIndex index = new FamilyIndex();
  private Duration ttl = Duration.ZERO;
  private long changes;

  /**
   * Makes an empty one.
   *
   * @param onChange called after each change, without the lock
   */
  GroupStore(Clock clock, Runnable onChange) {
    this.clock = clock;
    this.onChange = onChange;
  }

  /** How long after its last push a group is dropped; zero for never. */
  void ttl(Duration next) {
    lock.lock();
    try {
      ttl = next;
    } finally {
      lock.unlock();
    }
  }

  /** Puts groups in that were kept in a file; those that are there already stay. */
  void restore(Collection<Group> kept) {
    lock.lock();
    try {
      for (Group group : kept) {
        if (groups.putIfAbsent(group.labels(), group) == null) {
          add(group);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Applies a push, or notes in the group that it failed.
   *
   * @param replace whether all families of the group go, and not only those of the same names
   * @param check whether it is held against what is there
   * @param own what the process exposes itself, by name
   * @return what is wrong with it, in client_golang's words; empty when it was applied
   */
  Optional<String> push(
      SortedMap<String, String> labels,
      Collection<Family> families,
      boolean replace,
      boolean check,
      NameScheme scheme,
      Map<String, FamilyIndex.Own> own) {
    Instant now = clock.instant();
    List<Family> next = new ArrayList<>(families.size());
    Map<Label, Label> known = new HashMap<>();
    boolean timestamped = false;
    for (Family family : families) {
      for (Pushed metric : family.metrics()) {
        timestamped |= metric.timestamped();
      }
      // The group has these two itself.
      if (!family.name().equals(Group.PUSH_TIME) && !family.name().equals(Group.FAILURE_TIME)) {
        next.add(Group.member(family, labels, known, now));
      }
    }
    lock.lock();
    try {
      expire();
      Group before = groups.get(labels);
      Optional<String> wrong =
          timestamped
              ? Optional.of("pushed metrics must not have timestamps")
              : exchange(before, next, replace, check, scheme, own);
      Group after;
      if (wrong.isPresent()) {
        after =
            before == null
                ? new Group(labels, new TreeMap<>(), null, now)
                : new Group(before.labels(), before.families(), before.pushed(), now);
      } else {
        SortedMap<String, Family> all = new TreeMap<>();
        if (before != null && !replace) {
          all.putAll(before.families());
        }
        for (Family family : next) {
          all.put(family.name(), family);
        }
        after = new Group(labels, all, now, before == null ? null : before.failed());
      }
      if (before != null) {
        index.remove(before.pushTime());
        index.remove(before.failureTime());
      }
      index.add(after.pushTime());
      index.add(after.failureTime());
      groups.put(labels, after);
      changes++;
      return wrong;
    } finally {
      lock.unlock();
      onChange.run();
    }
  }

  /** Exchanges what of the group goes for what comes, in the index; or leaves it as it was. */
  private Optional<String> exchange(
      @Nullable Group before,
      List<Family> next,
      boolean replace,
      boolean check,
      NameScheme scheme,
      Map<String, FamilyIndex.Own> own) {
    List<Family> gone = new ArrayList<>();
    if (before != null && replace) {
      gone.addAll(before.families().values());
    } else if (before != null) {
      for (Family family : next) {
        Family old = before.families().get(family.name());
        if (old != null) {
          gone.add(old);
        }
      }
    }
    gone.forEach(index::remove);
    FamilyIndex.Problems problems = new FamilyIndex.Problems();
    for (Family family : next) {
      if (check) {
        index.check(family, own, scheme, problems);
      }
      index.add(family);
    }
    if (problems.isEmpty()) {
      return Optional.empty();
    }
    next.forEach(index::remove);
    gone.forEach(index::add);
    return Optional.of(problems.text());
  }

  /** Deletes a group, if it is there. */
  void delete(SortedMap<String, String> labels) {
    lock.lock();
    try {
      drop(labels);
      changes++;
    } finally {
      lock.unlock();
      onChange.run();
    }
  }

  /** Deletes all groups. */
  void wipe() {
    lock.lock();
    try {
      for (SortedMap<String, String> labels : new ArrayList<>(groups.keySet())) {
        drop(labels);
      }
      changes++;
    } finally {
      lock.unlock();
      onChange.run();
    }
  }

  private void drop(SortedMap<String, String> labels) {
    Group group = groups.remove(labels);
    if (group != null) {
      group.families().values().forEach(index::remove);
      index.remove(group.pushTime());
      index.remove(group.failureTime());
    }
  }

  private void add(Group group) {
    group.families().values().forEach(index::add);
    index.add(group.pushTime());
    index.add(group.failureTime());
  }

  /** All families of all groups that have not expired, by name. */
  List<FamilyIndex.Named> families() {
    lock.lock();
    try {
      expire();
      return index.all();
    } finally {
      lock.unlock();
    }
  }

  /** All groups that have not expired, sorted by job, then those with fewer labels first. */
  List<Group> groups() {
    List<Group> all;
    lock.lock();
    try {
      expire();
      all = new ArrayList<>(groups.values());
    } finally {
      lock.unlock();
    }
    all.sort(GroupStore::compare);
    return all;
  }

  private static int compare(Group a, Group b) {
    int c = job(a).compareTo(job(b));
    c = c != 0 ? c : Integer.compare(a.labels().size(), b.labels().size());
    return c != 0 ? c : a.labels().toString().compareTo(b.labels().toString());
  }

  private static String job(Group group) {
    return group.labels().getOrDefault("job", "");
  }

  /** How often anything has changed, expiry included. */
  long changes() {
    lock.lock();
    try {
      expire();
      return changes;
    } finally {
      lock.unlock();
    }
  }

  private void expire() {
    if (ttl.isZero()) {
      return;
    }
    Instant oldest = clock.instant().minus(ttl);
    List<SortedMap<String, String>> expired = new ArrayList<>();
    for (Group group : groups.values()) {
      if (group.lastPush().isBefore(oldest)) {
        expired.add(group.labels());
      }
    }
    expired.forEach(this::drop);
    changes += expired.size();
  }
}
