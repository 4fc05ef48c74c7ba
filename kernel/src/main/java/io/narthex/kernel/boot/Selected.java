package io.narthex.kernel.boot;

import io.narthex.api.plugin.Current;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Holds the one thing of a kind that is in use, and whose it is. */
final class Selected<T> implements Current<T> {
  private record Holding<T>(T thing, String plugin) {}

  private final String missing;
  private volatile @Nullable Holding<T> holding;

  /**
   * Makes an empty one.
   *
   * @param missing what users are told while there is none
   */
  Selected(String missing) {
    this.missing = missing;
  }

  void set(T thing, String plugin) {
    holding = new Holding<>(thing, plugin);
  }

  /** Takes it out, when it is that plugin's. */
  Optional<T> release(String plugin) {
    Holding<T> held = holding;
    if (held == null || !held.plugin.equals(plugin)) {
      return Optional.empty();
    }
    holding = null;
    return Optional.of(held.thing);
  }

  /** Takes it out. */
  Optional<T> release() {
    Holding<T> held = holding;
    holding = null;
    return held == null ? Optional.empty() : Optional.of(held.thing);
  }

  @Override
  public Optional<T> find() {
    Holding<T> held = holding;
    return held == null ? Optional.empty() : Optional.of(held.thing);
  }

  @Override
  public T get() {
    return find().orElseThrow(() -> new IllegalStateException(missing));
  }
}
