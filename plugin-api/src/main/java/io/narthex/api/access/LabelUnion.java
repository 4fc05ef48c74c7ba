package io.narthex.api.access;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.storage.LabelResult;
import io.narthex.api.storage.StorageException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Puts lists of names or values of labels together. Not safe for several threads. */
final class LabelUnion {
  /** What a list that was cut is accompanied by, in the words of Prometheus. */
  static final Annotation TRUNCATED = Annotation.warning("results truncated due to limit");

  /** Asks a querier for names or values. */
  @FunctionalInterface
  interface Lookup {
    LabelResult find(int limit, List<Matcher> matchers) throws StorageException;
  }

  private final int limit;
  private final TreeSet<String> items = new TreeSet<>(Labels::compareCodePoints);
  private final Set<Annotation> annotations = new LinkedHashSet<>();

  /**
   * Makes an empty one.
   *
   * @param limit the most to return, 0 for all; each list may have as many
   */
  LabelUnion(int limit) {
    this.limit = limit;
  }

  void add(LabelResult result) {
    items.addAll(result.items());
    annotations.addAll(result.annotations());
    // What comes last here comes last in the end too, whatever is added.
    while (limit > 0 && items.size() > limit) {
      items.removeLast();
      annotations.add(TRUNCATED);
    }
  }

  LabelResult result() {
    return new LabelResult(new ArrayList<>(items), new ArrayList<>(annotations));
  }
}
