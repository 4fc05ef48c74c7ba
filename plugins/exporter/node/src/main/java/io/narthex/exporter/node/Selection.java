package io.narthex.exporter.node;

import com.google.re2j.Pattern;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Chooses names by an include and an exclude pattern, either of which may be empty for none. What
 * was decided for a name is remembered, since the same few names come at every scrape. Not safe for
 * several threads.
 */
final class Selection {
  /** Names come and go with containers; beyond this many the memory starts anew. */
  private static final int REMEMBERED = 4096;

  private final @Nullable Pattern include;
  private final @Nullable Pattern exclude;
  private final Map<String, Boolean> decided = new HashMap<>();

  Selection(String include, String exclude) {
    this.include = include.isEmpty() ? null : Pattern.compile(include);
    this.exclude = exclude.isEmpty() ? null : Pattern.compile(exclude);
  }

  /**
   * Whether {@code name} is chosen: it matches the include pattern, if any, and not the exclude
   * pattern.
   */
  boolean includes(String name) {
    if (include == null && exclude == null) {
      return true;
    }
    Boolean known = decided.get(name);
    if (known != null) {
      return known;
    }
    boolean chosen =
        (exclude == null || !exclude.matcher(name).find())
            && (include == null || include.matcher(name).find());
    if (decided.size() >= REMEMBERED) {
      decided.clear();
    }
    decided.put(name, chosen);
    return chosen;
  }
}
