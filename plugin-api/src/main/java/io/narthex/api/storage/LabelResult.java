package io.narthex.api.storage;

import io.narthex.api.Api;
import io.narthex.api.model.Annotation;
import java.util.List;

/**
 * Names or values of labels.
 *
 * @param items sorted in code point order, without duplicates
 * @param annotations warnings
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public record LabelResult(List<String> items, List<Annotation> annotations) {
  public LabelResult {
    items = List.copyOf(items);
    annotations = List.copyOf(annotations);
  }
}
