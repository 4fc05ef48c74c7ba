package io.narthex.api.discovery;

import io.narthex.api.Api;

/**
 * Finds targets until it is interrupted.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface Discoverer {
  /**
   * Sends groups of targets to {@code sink}: with the first {@link TargetSink#update} all, later
   * those that changed. Runs on a virtual thread of its own until that is interrupted, or returns
   * when nothing will change any more. When the source cannot be reached it tries again by itself
   * and tells {@link TargetSink#failing}; targets found before stay. An exception ends it: the
   * caller reports it and runs it anew after a pause; what is not among the first that the new run
   * sends has vanished.
   */
  void run(TargetSink sink) throws Exception;
}
