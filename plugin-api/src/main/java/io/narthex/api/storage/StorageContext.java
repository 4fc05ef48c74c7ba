package io.narthex.api.storage;

import io.narthex.api.Api;
import java.nio.file.Path;
import java.util.Set;

/**
 * What a storage gets besides its configuration.
 *
 * @param directory the data directory, as {@code --storage.tsdb.path} says; may not exist yet; only
 *     the selected backend writes to it, but for the folder {@code narthex}, which is the kernel's
 * @param maxExemplars {@code storage.exemplars.max_exemplars}, the size of the exemplar buffer; 0
 *     for none
 * @param features the names given with {@code --enable-feature}
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record StorageContext(Path directory, long maxExemplars, Set<String> features) {
  public StorageContext {
    features = Set.copyOf(features);
  }
}
