package io.narthex.discovery.kubernetes;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The objects of one kind as the API server's watch keeps them up to date. Safe for any number of
 * threads.
 *
 * @param <F> what is kept of each
 */
final class Watched<F extends Fact> {
  /** What happened to an object. */
  enum Event {
    ADD,
    UPDATE,
    DELETE
  }

  /** Is told of each change, after the store has it; by one thread at a time. */
  interface Listener {
    void changed(Event event, String key);
  }

  private final ObjectStore<?, F> store;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Void> listed = new CompletableFuture<>();

  Watched(ObjectStore<?, F> store) {
    this.store = store;
  }

  /** Adds a listener; before the watch starts. */
  void onChange(Listener listener) {
    listeners.add(listener);
  }

  /**
   * Has the keys told of the objects that name one of {@code others}, whenever that changes; before
   * the watches start.
   *
   * @param others null when they are not watched
   * @param names the keys of what an object names
   */
  void follow(
      @Nullable Watched<?> others, Function<F, List<String>> names, RoleTargets.Changes changes) {
    if (others != null) {
      ObjectStore.Index<F> index = index(names);
      others.onChange((event, key) -> keys(index, key).forEach(changes::changed));
    }
  }

  /** See {@link ObjectStore#index}. */
  ObjectStore.Index<F> index(Function<F, List<String>> names) {
    return store.index(names);
  }

  List<String> keys(ObjectStore.Index<F> index, String name) {
    return store.keys(index, name);
  }

  List<String> keys() {
    return store.keys();
  }

  @Nullable F get(String key) {
    return store.fact(key);
  }

  /** Completes once all objects have been listed for the first time. */
  CompletableFuture<Void> listed() {
    return listed;
  }

  void tell(Event event, String key) {
    listeners.forEach(listener -> listener.changed(event, key));
  }
}
