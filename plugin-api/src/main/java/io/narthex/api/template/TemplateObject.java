package io.narthex.api.template;

import io.narthex.api.Api;
import org.jspecify.annotations.Nullable;

/**
 * A value with a type of its own: its name stands in messages, and it may have methods.
 *
 * <p>A record that implements this is a struct: its components are fields, under their names with
 * the first letter as a capital. Others say by {@link #content} what they are made of.
 *
 * <pre>{@code
 * record Alert(String status, Map<String, String> labels) implements TemplateObject {
 *   public String type() {
 *     return "template.Alert";
 *   }
 * }
 * }</pre>
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface TemplateObject {
  /** The name of the type, as {@code template.KV}; with a {@code *} in front it is a pointer. */
  String type();

  /** What the value is made of: a record, map, list, string, number or boolean. */
  default Object content() {
    return this;
  }

  /**
   * What the type is made of, in the words of the template language, such as {@code
   * map[string]string}; empty when that can be seen from the value. It tells what a key that is
   * missing gives: an empty string for {@code map[string]string}, nothing for {@code
   * map[string]interface {}}.
   */
  default String shape() {
    return "";
  }

  /** A method that templates can call; null when there is none of the name. */
  default @Nullable TemplateFunction method(String name) {
    return null;
  }

  /**
   * Whether JSON has the fields of a record under the names of its components, as that of a type
   * does whose fields have tags; otherwise their names have capitals there too.
   */
  default boolean tagged() {
    return false;
  }

  /** How the value prints itself; null when as what it is made of. */
  default @Nullable String text() {
    return null;
  }
}
