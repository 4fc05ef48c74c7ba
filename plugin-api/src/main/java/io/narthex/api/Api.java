package io.narthex.api;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * States since which version a public type of the contract exists and how far plugin authors may
 * rely on it. Every public top-level type of plugin-api carries it; a test of the build enforces
 * that.
 *
 * @since 0.1
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
@Api(since = "0.1", status = Api.Status.STABLE)
public @interface Api {
  /** The first version, as {@code major.minor}, that has the type. */
  String since();

  /** How far it may be relied on. */
  Status status();

  /** The promise that is made for a type. */
  enum Status {
    /** Changes only compatibly until the next major version. */
    STABLE,
    /** May change in any minor version; the change is in the release notes. */
    EXPERIMENTAL
  }
}
