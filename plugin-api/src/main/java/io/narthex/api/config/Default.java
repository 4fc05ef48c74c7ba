package io.narthex.api.config;

import io.narthex.api.Api;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The value of a configuration record's component whose key is absent or null, written as in the
 * file; several strings for a list. Without it an absent key gives the type's empty value: {@code
 * ""}, 0, false, {@link java.time.Duration#ZERO}, no bytes, an empty list or map, the first
 * constant of an enum, a record of defaults; and null where the component is {@link
 * org.jspecify.annotations.Nullable}.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Default {
  String[] value();
}
