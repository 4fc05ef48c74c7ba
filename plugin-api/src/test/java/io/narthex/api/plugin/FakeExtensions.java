package io.narthex.api.plugin;

import java.util.ArrayList;
import java.util.List;

/** Extensions that a test lets come and go. Belongs to one thread. */
public final class FakeExtensions implements Extensions {
  private final List<Object> present = new ArrayList<>();
  private final List<Runnable> listeners = new ArrayList<>();

  /** Begins with some. */
  public FakeExtensions(Object... extensions) {
    present.addAll(List.of(extensions));
  }

  /** A plugin is started. */
  public void come(Object extension) {
    present.add(extension);
    listeners.forEach(Runnable::run);
  }

  /** A plugin is stopped. */
  public void go(Object extension) {
    present.remove(extension);
    listeners.forEach(Runnable::run);
  }

  @Override
  public <T> List<T> all(Class<T> type) {
    return present.stream().filter(type::isInstance).map(type::cast).toList();
  }

  @Override
  public AutoCloseable onChange(Runnable listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }
}
