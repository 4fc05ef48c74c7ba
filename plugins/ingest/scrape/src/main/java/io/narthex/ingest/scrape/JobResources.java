package io.narthex.ingest.scrape;

import io.narthex.api.http.HttpCaller;

/**
 * A job and what was opened for it.
 *
 * @param job what to do
 * @param caller how targets are reached
 * @param failureLog where failed scrapes are written
 */
record JobResources(Job job, HttpCaller caller, FailureLog failureLog) implements AutoCloseable {
  @Override
  public void close() {
    caller.close();
    failureLog.close();
  }
}
