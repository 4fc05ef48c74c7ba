package io.narthex.api.plugin;

import io.narthex.api.Api;
import java.util.Set;

/**
 * What {@code --enable-feature} named.
 *
 * @param names the names, unknown ones too
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public record Features(Set<String> names) {
  public Features {
    names = Set.copyOf(names);
  }

  public boolean enabled(String name) {
    return names.contains(name);
  }
}
