package io.narthex.kernel.config;

import io.narthex.api.plugin.Extensions;
import java.util.ArrayList;
import java.util.List;

/** Extensions that a test puts in and takes out. */
final class FakeExtensions implements Extensions {
  final List<Object> all = new ArrayList<>();

  FakeExtensions(Object... extensions) {
    all.addAll(List.of(extensions));
  }

  @Override
  public <T> List<T> all(Class<T> type) {
    return all.stream().filter(type::isInstance).map(type::cast).toList();
  }

  @Override
  public AutoCloseable onChange(Runnable listener) {
    return () -> {};
  }
}
