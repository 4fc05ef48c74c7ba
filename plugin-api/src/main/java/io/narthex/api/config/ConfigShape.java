package io.narthex.api.config;

import io.narthex.api.Api;
import java.util.List;
import java.util.Map;

/**
 * What a section is bound to: a record, a list of them, or a map of names to them.
 *
 * @param element the record
 * @param container how many of it
 * @param <C> the Java type that results: the record, {@link List} or {@link Map} of it
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public record ConfigShape<C>(Class<?> element, Container container) {
  /** How many of the record a section holds. */
  public enum Container {
    ONE,
    LIST,
    MAP
  }

  /** One record. */
  public static <R> ConfigShape<R> of(Class<R> record) {
    return new ConfigShape<>(record, Container.ONE);
  }

  /** A list of records; scalars such as {@link String} are possible too. */
  public static <R> ConfigShape<List<R>> listOf(Class<R> record) {
    return new ConfigShape<>(record, Container.LIST);
  }

  /** A map of names to records, in the order of the file. */
  public static <R> ConfigShape<Map<String, R>> mapOf(Class<R> record) {
    return new ConfigShape<>(record, Container.MAP);
  }
}
