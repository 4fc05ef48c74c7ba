package io.narthex.query.remoteread;

import io.narthex.api.model.Labels;
import io.narthex.api.wire.ProtobufWriter;
import java.util.List;

/** Writes the labels of a series. */
final class LabelFields {
  private LabelFields() {}

  /**
   * Labels of a series, as fields 1, with those added that it lacks.
   *
   * @param out where they are written
   * @param external name, value, name, ..., by name
   * @param small for one label at a time
   * @return the length of the labels, without tags and lengths around them
   */
  static int write(ProtobufWriter out, Labels own, List<String> external, ProtobufWriter small) {
    int length = 0;
    int i = 0;
    int j = 0;
    while (i < own.size() || j < external.size()) {
      int order =
          i == own.size()
              ? 1
              : j == external.size() ? -1 : Labels.compareCodePoints(own.name(i), external.get(j));
      small.clear();
      if (order <= 0) {
        small.textUnlessEmpty(1, own.name(i));
        small.textUnlessEmpty(2, own.value(i));
        i++;
        j += order == 0 ? 2 : 0;
      } else {
        small.textUnlessEmpty(1, external.get(j));
        small.textUnlessEmpty(2, external.get(j + 1));
        j += 2;
      }
      out.message(1, small);
      length += small.size();
    }
    return length;
  }
}
