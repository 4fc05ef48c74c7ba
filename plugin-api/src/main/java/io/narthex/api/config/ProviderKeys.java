package io.narthex.api.config;

import io.narthex.api.Api;
import io.narthex.api.Provider;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Collects the keys of an object that name providers. The component's type is {@code
 * List<Configured<P>>}, where {@code P} is the {@link #value}. Each key of the object which is no
 * other component's, and which is {@link #prefix}, a provider's {@link Provider#name}, and {@link
 * #suffix} (or is listed by {@link ConfigKey} on the provider), is bound to that provider's
 * configuration record. With {@link #list} the key holds a list, and each item makes one {@link
 * Configured}; otherwise it holds one object.
 *
 * <p>So {@code @ProviderKeys(value = DiscoveryProvider.class, suffix = "_sd_configs", list = true)}
 * makes {@code consul_sd_configs: [...]} known as soon as a plugin with a provider named {@code
 * consul} is loaded.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface ProviderKeys {
  /** The extension point whose providers are named. */
  @SuppressWarnings("rawtypes")
  Class<? extends Provider> value();

  /** What stands before the provider's name in the key. */
  String prefix() default "";

  /** What stands behind the provider's name in the key. */
  String suffix() default "";

  /** Whether the key holds a list of configurations. */
  boolean list() default false;
}
