package io.narthex.api.config;

import io.narthex.api.Api;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a user is told who leaves an item of a list empty (a dash with nothing behind it). On the
 * component that is the list, or, for every list of it, on the record that is the item; the
 * component's goes first. Without it the message is {@code empty or null section in KEY}.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.RECORD_COMPONENT})
public @interface EmptyItem {
  /** The whole message; file, line and key are put before it. */
  String value();
}
