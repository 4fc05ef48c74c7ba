package io.narthex.api.discovery;

import io.narthex.api.Api;
import io.narthex.api.model.Labels;
import java.util.List;
import java.util.Objects;

/**
 * Targets that were found together.
 *
 * @param source identifies the group within its discoverer: a file's path, an object's name
 * @param targets each target's own labels; {@code __address__} among them
 * @param labels labels of all targets of the group; a target's own win
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public record TargetGroup(String source, List<Labels> targets, Labels labels) {
  public TargetGroup {
    Objects.requireNonNull(source);
    targets = List.copyOf(targets);
    Objects.requireNonNull(labels);
  }
}
