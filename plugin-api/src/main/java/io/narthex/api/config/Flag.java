package io.narthex.api.config;

import io.narthex.api.Api;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a component of a configuration record settable on the command line. The flag lies over the
 * key of the file: a value given by flag wins over the environment, which wins over the file.
 *
 * <p>The component's type decides the syntax: {@code boolean} ({@code --x}, {@code --no-x}), {@link
 * String}, numbers, {@link java.time.Duration}, {@link ByteSize}, enums, and lists of those (the
 * flag may be repeated). Its default, shown by {@code --help}, is what the record's constructor
 * gives to an absent component.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Flag {
  /** The name without the leading {@code --}, for example {@code web.listen-address}. */
  String value();

  /** One or two sentences for {@code --help}. */
  String help();

  /** Left out of {@code --help}. */
  boolean hidden() default false;

  /** One letter for the short form; a blank for none. */
  char shortName() default ' ';

  /** The programs (roles) that take the flag; empty for all that load the plugin. */
  String[] roles() default {};
}
