package io.narthex.web.access;

import io.narthex.api.config.Help;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The section {@code web.access}.
 *
 * @param users by the name that {@code --web.config.file} authenticates
 * @param tokens by names for logs and messages
 * @param authenticated other users who are authenticated; null when they are not let in
 * @param anonymous who need not say who they are; null when they are not let in
 */
record AccessConfig(
    @Help("What users see, by the name that --web.config.file authenticates.")
        Map<String, Grant> users,
    @Help("What bearers of tokens see, by a name for logs and messages.")
        Map<String, TokenConfig> tokens,
    @Help("What users see who are authenticated and not named; without it they are refused.")
        @Nullable Grant authenticated,
    @Help("What those see who need not say who they are; without it they are refused.")
        @Nullable Grant anonymous) {

  AccessConfig {
    // In the order of the file, in which they are shown.
    users = Collections.unmodifiableMap(new LinkedHashMap<>(users));
    tokens = Collections.unmodifiableMap(new LinkedHashMap<>(tokens));
    for (String name : tokens.keySet()) {
      if (users.containsKey(name)) {
        throw new IllegalArgumentException(
            "token "
                + name
                + " is named as a user is; want a name of its own, since limits and logs go by it");
      }
    }
    if (users.containsKey("") || tokens.containsKey("")) {
      throw new IllegalArgumentException("got an empty name, want one of a user or a token");
    }
  }

  boolean isEmpty() {
    return users.isEmpty() && tokens.isEmpty() && authenticated == null && anonymous == null;
  }
}
