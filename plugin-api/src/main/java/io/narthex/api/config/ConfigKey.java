package io.narthex.api.config;

import io.narthex.api.Api;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On a provider class: the whole key under which it is configured, where that is not made of its
 * name by the rule of {@link ProviderKeys}. {@code static_configs} is the one well-known case.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface ConfigKey {
  String value();
}
