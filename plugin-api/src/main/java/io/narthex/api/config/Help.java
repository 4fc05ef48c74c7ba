package io.narthex.api.config;

import io.narthex.api.Api;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Describes a key that has no flag, for {@code narthex plugin info} and the generated tables of
 * keys.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Help {
  /** Meaning, unit and bounds, in a sentence. */
  String value();
}
