package io.narthex.kernel.plugin;

import org.jspecify.annotations.Nullable;

/** Why a plugin or an archive cannot be used, in one sentence for users. */
final class PluginFault extends Exception {
  PluginFault(String reason) {
    super(reason);
  }

  PluginFault(String reason, @Nullable Throwable cause) {
    super(reason, cause);
  }

  /** The sentence. */
  String reason() {
    return String.valueOf(getMessage());
  }
}
