package io.narthex.kernel.web;

import io.narthex.api.access.AccessControl;
import java.util.List;

/** Who decides what requests may see. Safe for any number of threads; asked for each request. */
public interface AccessControls {
  /** Nobody, and nobody need: everybody sees everything. */
  AccessControls NONE =
      new AccessControls() {
        @Override
        public boolean areWanted() {
          return false;
        }

        @Override
        public List<AccessControl> all() {
          return List.of();
        }
      };

  /** Whether the configuration in force wants somebody to decide. */
  boolean areWanted();

  /** Those who can; the first is asked. */
  List<AccessControl> all();
}
