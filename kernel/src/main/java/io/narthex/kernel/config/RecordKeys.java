package io.narthex.kernel.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.narthex.api.Provider;
import io.narthex.api.config.ConfigKey;
import io.narthex.api.config.ProviderKeys;
import java.lang.annotation.Annotation;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a configuration record: its components in order.
 *
 * @param constructor the canonical one; looking it up costs more than calling it
 */
record RecordKeys(Class<?> record, List<Key> keys, Constructor<?> constructor) {
  RecordKeys {
    keys = List.copyOf(keys);
  }

  /**
   * A component.
   *
   * @param name as written in configuration
   * @param component of the record
   * @param unwrapped whether its record's keys stand among those of this record
   * @param always whether it is shown though it is empty, as Prometheus does with some
   * @param unlessEmpty whether it is not shown when empty, though it is not so by default
   * @param providers set when it collects the keys of providers
   */
  record Key(
      String name,
      RecordComponent component,
      boolean unwrapped,
      boolean always,
      boolean unlessEmpty,
      @Nullable ProviderKeys providers) {
    Class<?> type() {
      return component.getType();
    }

    Type genericType() {
      return component.getGenericType();
    }

    /** The component's value in a record. */
    @Nullable Object of(Object record) {
      try {
        Method accessor = component.getAccessor();
        accessor.setAccessible(true);
        return accessor.invoke(record);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("cannot read " + component, e);
      }
    }
  }

  static RecordKeys of(Class<?> record) {
    RecordComponent[] components = record.getRecordComponents();
    if (components == null) {
      throw new IllegalArgumentException("cannot bind " + record.getName() + ": it is no record");
    }
    List<Key> keys = new ArrayList<>();
    for (RecordComponent component : components) {
      JsonProperty property = annotation(component, JsonProperty.class);
      String name =
          property != null && !property.value().isEmpty()
              ? property.value()
              : snakeCase(component.getName());
      boolean unwrapped =
          annotation(component, JsonUnwrapped.class) != null && component.getType().isRecord();
      JsonInclude include = annotation(component, JsonInclude.class);
      boolean always = include != null && include.value() == JsonInclude.Include.ALWAYS;
      boolean unlessEmpty = include != null && include.value() == JsonInclude.Include.NON_EMPTY;
      keys.add(
          new Key(
              name,
              component,
              unwrapped,
              always,
              unlessEmpty,
              component.getAnnotation(ProviderKeys.class)));
    }
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      Constructor<?> constructor = record.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return new RecordKeys(record, keys, constructor);
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException("every record has its canonical constructor", e);
    }
  }

  /**
   * Makes a record.
   *
   * @throws RuntimeException the record's own, when it refuses the values
   */
  Object make(@Nullable Object[] values) {
    try {
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException refusal) {
        throw refusal;
      }
      throw new IllegalStateException("cannot make " + record.getName(), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make " + record.getName(), e);
    }
  }

  /** Jackson's annotations do not stand on a component itself, but on what is made of it. */
  private static <A extends Annotation> @Nullable A annotation(
      RecordComponent component, Class<A> type) {
    A direct = component.getAnnotation(type);
    if (direct != null) {
      return direct;
    }
    A onAccessor = component.getAccessor().getAnnotation(type);
    if (onAccessor != null) {
      return onAccessor;
    }
    try {
      return component
          .getDeclaringRecord()
          .getDeclaredField(component.getName())
          .getAnnotation(type);
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException(e);
    }
  }

  static String snakeCase(String name) {
    StringBuilder out = new StringBuilder(name.length() + 8);
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (Character.isUpperCase(c)) {
        out.append('_').append(Character.toLowerCase(c));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  /** The key under which a provider is configured. */
  static String providerKey(ProviderKeys keys, Provider<?> provider) {
    ConfigKey whole = provider.getClass().getAnnotation(ConfigKey.class);
    return whole != null ? whole.value() : keys.prefix() + provider.name() + keys.suffix();
  }
}
