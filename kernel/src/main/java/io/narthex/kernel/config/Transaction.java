package io.narthex.kernel.config;

import io.narthex.api.config.ConfigCheck;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Prepared;
import io.narthex.api.plugin.Extensions;
import io.narthex.kernel.config.Node.Entry;
import io.narthex.kernel.config.Node.Mapping;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One round of binding all sections, preparing all, then applying all or discarding all. Plugins'
 * code runs on a thread of the round, each call with a deadline; what it throws is a problem of its
 * section and of nothing else.
 */
final class Transaction implements AutoCloseable {
  private final Extensions extensions;
  private final Collection<String> knownSections;
  private final Set<String> knownProviderKeys;
  private final Findings findings;
  private final Round round;

  /**
   * Starts one.
   *
   * @param role whose keys may be there without an owner
   * @param findings gets what is wrong
   * @param patience how long each call may take
   */
  Transaction(Extensions extensions, RoleSettings role, Findings findings, Duration patience) {
    this.extensions = extensions;
    this.knownSections = role.knownSections();
    this.knownProviderKeys = Set.copyOf(role.knownProviderKeys());
    this.findings = findings;
    this.round = new Round(patience);
  }

  /** A section with what was bound to it. */
  record Bound(ConfigSection<?> section, Node node, Object value) {}

  /** A bound section that is ready. */
  record PreparedSection(Bound bound, Prepared prepared) {}

  /**
   * Binds all sections. Records of plugins are made here, so this, too, may take only so long.
   *
   * @param lenient whether unknown keys are only warned of
   * @throws ConfigProblems when it did not come to an end
   */
  List<Bound> bind(List<ConfigSection<?>> sections, Mapping tree, boolean lenient)
      throws ConfigProblems {
    Findings own = new Findings();
    try {
      List<Bound> bound = round.call(() -> bind(sections, tree, own, lenient), late -> {});
      findings.addAll(own);
      return bound;
    } catch (ExecutionException e) {
      findings.fault(tree.mark(), "", "cannot bind", cause(e));
    } catch (TimeoutException e) {
      findings.problem(tree.mark(), "", "cannot bind: no answer of a plugin's record in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      findings.problem(tree.mark(), "", "cannot bind: interrupted");
    }
    findings.throwIfAny();
    return List.of();
  }

  private List<Bound> bind(
      List<ConfigSection<?>> sections, Mapping tree, Findings own, boolean lenient) {
    Binder binder =
        new Binder(extensions, own, Set.copyOf(knownSections), knownProviderKeys, lenient);
    Map<String, Entry> rest = new LinkedHashMap<>();
    Map<String, Entry> below = new HashMap<>();
    takeOut(sections, tree, below, own).entries().forEach(e -> rest.putIfAbsent(e.key(), e));
    List<Bound> all = new ArrayList<>();
    Set<String> keys = new LinkedHashSet<>();
    for (ConfigSection<?> section : sections) {
      String key = section.key();
      Entry entry;
      if (Trees.isBelow(key)) {
        entry = below.get(key);
      } else {
        keys.add(key);
        entry = rest.remove(key);
      }
      Node node = entry == null ? null : entry.value();
      Mark place = entry == null ? tree.mark() : entry.mark();
      try {
        Object value = binder.bind(section.shape(), node, key, place);
        if (value != null) {
          all.add(new Bound(section, node == null ? Mapping.empty(place) : node, value));
        }
      } catch (RuntimeException | LinkageError e) {
        own.fault(place, key, "cannot bind", e);
      }
    }
    List<String> known = new ArrayList<>(keys);
    known.addAll(knownSections);
    rest.values().forEach(e -> binder.unknown(e, e.key(), "config.plain", known, List.of()));
    return all;
  }

  /**
   * Takes the sections that stand below others' out of these.
   *
   * @param taken gets what they are given, by their keys
   * @return what is left for the others
   */
  private static Mapping takeOut(
      List<ConfigSection<?>> sections, Mapping tree, Map<String, Entry> taken, Findings own) {
    Mapping left = tree;
    for (ConfigSection<?> section : sections) {
      String key = section.key();
      if (!Trees.isBelow(key) || !(Trees.find(left, Trees.above(key)) instanceof Mapping above)) {
        continue;
      }
      List<Entry> others = new ArrayList<>();
      for (Entry entry : above.entries()) {
        if (!entry.key().equals(Trees.last(key))) {
          others.add(entry);
        } else if (taken.putIfAbsent(key, entry) != null) {
          own.mismatch(entry.mark(), key, "field " + entry.key() + " already set");
        }
      }
      left =
          Trees.put(
              left,
              Trees.above(key),
              new Mapping(above.source(), above.line(), above.column(), others));
    }
    return left;
  }

  /** Prepares all; those that refuse are missing in the result. */
  List<PreparedSection> prepare(List<Bound> bound, ConfigSnapshot snapshot) {
    List<PreparedSection> done = new ArrayList<>();
    for (Bound b : bound) {
      Prepared prepared = visit(b, "cannot prepare", () -> prepare(b.section, b.value, snapshot));
      if (prepared != null) {
        done.add(new PreparedSection(b, prepared));
      } else if (Thread.currentThread().isInterrupted()) {
        return done;
      }
    }
    return done;
  }

  /** Asks a section; null when it refuses, which is then among the findings. */
  private @Nullable Prepared visit(Bound b, String failed, Callable<Prepared> question) {
    String key = b.section.key();
    try {
      return round.call(question, Prepared::discard);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ConfigException refusal) {
        String path = refusal.path();
        findings.problem(
            Trees.place(b.node, path),
            path.startsWith("[") ? key + path : path.isEmpty() ? key : key + "." + path,
            Objects.toString(refusal.getMessage(), "cannot be used"));
      } else {
        findings.fault(b.node.mark(), key, failed, cause(e));
      }
    } catch (TimeoutException e) {
      findings.problem(b.node.mark(), key, failed + ": no answer in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      findings.problem(b.node.mark(), key, failed + ": interrupted");
    }
    return null;
  }

  @SuppressWarnings("unchecked")
  private static <C> Prepared prepare(
      ConfigSection<C> section, Object value, ConfigSnapshot snapshot) throws ConfigException {
    // The binder has made the value from the section's own shape.
    return Objects.requireNonNull(section.prepare((C) value, snapshot), "prepare gave null");
  }

  /** Has each look at its own, for somebody who checks the file alone. */
  void check(List<Bound> bound, ConfigSnapshot snapshot, ConfigCheck check) {
    for (Bound b : bound) {
      visit(
          b,
          "cannot check",
          () -> {
            check(b.section, b.value, snapshot, check);
            return Prepared.NOTHING;
          });
    }
  }

  @SuppressWarnings("unchecked")
  private static <C> void check(
      ConfigSection<C> section, Object value, ConfigSnapshot snapshot, ConfigCheck check)
      throws ConfigException {
    section.check((C) value, snapshot, check);
  }

  /** Discards what was prepared, the last first. */
  void discard(List<PreparedSection> prepared) {
    Deque<PreparedSection> reversed = new ArrayDeque<>();
    prepared.forEach(reversed::push);
    for (PreparedSection p : reversed) {
      run(p, p.prepared::discard, "cannot discard");
    }
  }

  /** What is to be shown of sections, by key, where it is not what was bound. */
  Map<String, Object> shown(List<PreparedSection> prepared) {
    Map<String, Object> shown = new ConcurrentHashMap<>();
    for (PreparedSection p : prepared) {
      String key = p.bound.section.key();
      run(p, () -> p.prepared.shown().ifPresent(value -> shown.put(key, value)), "cannot show");
    }
    return Map.copyOf(shown);
  }

  /** Applies what was prepared, in order. */
  void apply(List<PreparedSection> prepared) {
    for (PreparedSection p : prepared) {
      run(p, p.prepared::apply, "cannot apply");
    }
  }

  private void run(PreparedSection section, Runnable what, String failed) {
    Mark mark = section.bound.node.mark();
    String key = section.bound.section.key();
    try {
      round.call(
          () -> {
            what.run();
            return key;
          },
          k -> {});
    } catch (ExecutionException e) {
      findings.fault(mark, key, failed, cause(e));
    } catch (TimeoutException e) {
      findings.problem(mark, key, failed + ": no answer in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      findings.problem(mark, key, failed + ": interrupted");
    }
  }

  private static Throwable cause(ExecutionException e) {
    return Objects.requireNonNullElse(e.getCause(), e);
  }

  @Override
  public void close() {
    round.close();
  }
}
