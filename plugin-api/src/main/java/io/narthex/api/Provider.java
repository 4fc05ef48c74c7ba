package io.narthex.api;

import org.pf4j.ExtensionPoint;

/**
 * The common shape of every extension point that users select by name: a name, a configuration
 * record, and (in the sub-interfaces) a factory method that makes the running thing from that
 * record.
 *
 * <p>A provider is found by PF4J (annotate it with {@link org.pf4j.Extension}), and its constructor
 * is injected; see {@link io.narthex.api.plugin} for what can be asked for. Its constructor must
 * return at once: it opens nothing and starts no thread. Providers are shared and must be safe for
 * use by several threads.
 *
 * @param <C> the configuration: a record whose compact constructor gives every absent component its
 *     default and refuses bad values with an {@link IllegalArgumentException}. It is bound
 *     strictly; see {@link io.narthex.api.config}.
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface Provider<C> extends ExtensionPoint {
  /**
   * The key under which users write it in configuration: lower case letters, digits, {@code _} and
   * {@code -}; unique among the providers of one extension point. When two plugins bring the same
   * name, the one loaded later is refused.
   */
  String name();

  /** The configuration record; {@link NoConfig} when there is nothing to configure. */
  Class<C> configType();

  /**
   * A configuration without keys.
   *
   * @since 0.1
   */
  record NoConfig() {}
}
