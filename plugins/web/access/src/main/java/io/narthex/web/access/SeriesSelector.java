package io.narthex.web.access;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.narthex.api.model.Matcher;
import java.util.List;

/**
 * Selects series, as {@code match[]} of the API does: {@code up{job="node"}}.
 *
 * @param text as it was written
 * @param matchers that a series must satisfy, all of them; at least one of them is for series that
 *     have the label
 */
record SeriesSelector(String text, List<Matcher> matchers) {
  SeriesSelector {
    matchers = List.copyOf(matchers);
  }

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException when it is none, or when a series without labels satisfies it
   */
  @JsonCreator
  static SeriesSelector parse(String text) {
    List<Matcher> matchers = SelectorParser.parse(text);
    if (matchers.stream().allMatch(Matcher::matchesEmpty)) {
      throw new IllegalArgumentException(
          "cannot use selector "
              + text
              + ": it must contain at least one non-empty matcher, such as __name__=~\".+\" for"
              + " whatever else it says; for all series there is everything: true");
    }
    return new SeriesSelector(text, matchers);
  }

  @Override
  @JsonValue
  public String toString() {
    return text;
  }
}
