package io.narthex.api.alert;

import io.narthex.api.Api;
import java.util.List;
import org.pf4j.ExtensionPoint;

/**
 * The remote Alertmanagers that a sender knows, for pages and the HTTP API. Safe for any number of
 * threads; what it returns is a copy.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface AlertmanagersView extends ExtensionPoint {
  /** URLs that alerts are posted to now, in no particular order. */
  List<String> active();

  /** URLs of those that relabelling dropped. */
  List<String> dropped();
}
