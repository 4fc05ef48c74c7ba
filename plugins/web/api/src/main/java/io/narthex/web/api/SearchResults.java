package io.narthex.web.api;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.storage.LabelResult;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.StorageException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Gathers what a search finds while storage reads it: the best of all, one more than is wanted, and
 * nothing else, however many there are. Belongs to one thread.
 */
final class SearchResults {
  static final Comparator<String> BY_CODE_POINT = Labels::compareCodePoints;

  private static final String TRUNCATED = "results truncated due to limit";

  /**
   * What was found.
   *
   * @param score 0 to 1
   */
  record Result(String value, double score) {}

  /** Ends a search from within storage. */
  private static final class Abandoned extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Abandoned() {
      super("the search was abandoned", null, false, false);
    }
  }

  private final SearchRequest request;
  private final int most;

  /** The least of those that are kept first. */
  private final PriorityQueue<Result> kept;

  private final Set<String> values = new HashSet<>();
  private final List<Annotation> annotations = new ArrayList<>();

  SearchResults(SearchRequest request) {
    this.request = request;
    most = request.limit() == Integer.MAX_VALUE ? request.limit() : request.limit() + 1;
    kept = new PriorityQueue<>(request.order().comparator().reversed());
  }

  /** Searches the values of a label. */
  void labelValues(Querier querier, String name) throws StorageException, InterruptedException {
    search((matchers, limit, test) -> querier.labelValues(name, limit, matchers, test));
  }

  /** Searches the names of labels, of which there are few. */
  void labelNames(Querier querier) throws StorageException, InterruptedException {
    search((matchers, limit, test) -> {
      LabelResult all = querier.labelNames(0, matchers);
      return new LabelResult(all.items().stream().filter(test).toList(), all.annotations());
    });
  }

  @FunctionalInterface
  private interface Lookup {
    LabelResult find(List<Matcher> matchers, int limit, Predicate<String> test)
        throws StorageException;
  }

  private void search(Lookup lookup) throws StorageException, InterruptedException {
    boolean ascending = request.order() == SearchRequest.Order.ASCENDING;
    // In this order storage has what is wanted first, and need not read on.
    int limit = ascending && most < Integer.MAX_VALUE ? most : 0;
    Predicate<String> test = ascending ? this::matches : this::take;
    List<List<Matcher>> selectors =
        request.selectors().isEmpty() ? List.of(List.of()) : request.selectors();
    try {
      for (List<Matcher> matchers : selectors) {
        LabelResult found = lookup.find(matchers, limit, test);
        found.items().forEach(this::take);
        annotations.addAll(found.annotations());
      }
    } catch (Abandoned e) {
      InterruptedException interrupted = new InterruptedException(e.getMessage());
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  private boolean matches(String value) {
    look();
    return request.terms().score(value) != SearchTerms.NONE;
  }

  /** Keeps a value if it is one of the best so far; false, so that nobody else keeps it. */
  private boolean take(String value) {
    look();
    double score = request.terms().score(value);
    if (score == SearchTerms.NONE) {
      return false;
    }
    Result result = new Result(value, score);
    if (kept.size() == most && request.order().comparator().compare(result, kept.peek()) >= 0) {
      return false;
    }
    if (values.add(value)) {
      kept.add(result);
      if (kept.size() > most) {
        values.remove(kept.remove().value());
      }
    }
    return false;
  }

  /** Before each value: to compare a long one with many long terms takes tens of milliseconds. */
  private static void look() {
    if (Thread.interrupted()) {
      throw new Abandoned();
    }
  }

  /** What was found, in order; not more than wanted. */
  List<Result> best() {
    List<Result> all = new ArrayList<>(kept);
    all.sort(request.order().comparator());
    return hasMore() ? all.subList(0, request.limit()) : all;
  }

  /** Whether there is more than wanted. */
  boolean hasMore() {
    return kept.size() > request.limit();
  }

  /** Warnings, sorted, each once. */
  List<String> warnings() {
    return annotations.stream()
        .filter(a -> a.kind() == Annotation.Kind.WARNING)
        .map(Annotation::message)
        .filter(message -> !message.equals(TRUNCATED))
        .distinct()
        .sorted(BY_CODE_POINT)
        .toList();
  }
}
