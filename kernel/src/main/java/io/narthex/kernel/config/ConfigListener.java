package io.narthex.kernel.config;

import java.time.Instant;

/** Hears what becomes of the configuration. Called on the thread that loads it; returns soon. */
public interface ConfigListener {
  /** Hears nothing. */
  ConfigListener NONE = new ConfigListener() {};

  /** A configuration was loaded and applied. */
  default void loaded(Instant at) {}

  /** A configuration was refused; the one before stays in force. */
  default void failed(ConfigProblems problems) {}

  /** Something is odd, but no error. Said once until it has gone and come again. */
  default void warning(String message) {}
}
