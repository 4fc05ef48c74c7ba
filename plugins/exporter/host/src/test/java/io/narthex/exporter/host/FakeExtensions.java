package io.narthex.exporter.host;

import io.narthex.api.plugin.Extensions;
import java.util.ArrayList;
import java.util.List;

/** Plugins that come and go when a test says so. */
final class FakeExtensions implements Extensions {
  private final List<Object> present = new ArrayList<>();
  private final List<Runnable> listeners = new ArrayList<>();

  void come(Object extension) {
    present.add(extension);
    listeners.forEach(Runnable::run);
  }

  void go(Object extension) {
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
