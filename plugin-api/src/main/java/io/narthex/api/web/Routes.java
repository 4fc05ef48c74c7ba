package io.narthex.api.web;

import io.narthex.api.Api;
import java.util.List;
import org.pf4j.ExtensionPoint;

/**
 * Brings endpoints and pages to the process's main web server. Asked once, when the plugin is
 * loaded; the routes go when it is stopped. A plugin's route wins over the kernel's own for the
 * same path; of two plugins the one loaded first wins and the other's route is reported as a
 * problem of its plugin.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface Routes extends ExtensionPoint {
  /** The endpoints. */
  List<Route> routes();

  /** Entries of the pages' menu; none by default. */
  default List<MenuEntry> menu() {
    return List.of();
  }

  /**
   * An entry of the pages' menu.
   *
   * @param title what is shown
   * @param path below the route prefix
   * @param order position, ascending
   * @since 0.1
   */
  record MenuEntry(String title, String path, int order) {}
}
