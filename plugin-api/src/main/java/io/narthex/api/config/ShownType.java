package io.narthex.api.config;

import io.narthex.api.Api;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What messages call a record: {@code field x not found in type rulefmt.Rule}. For records that
 * stand for types whose names Prometheus's users know; the others have the name of their plugin.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface ShownType {
  /** The name. */
  String value();
}
