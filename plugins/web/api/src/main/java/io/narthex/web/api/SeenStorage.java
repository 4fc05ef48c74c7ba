package io.narthex.web.api;

import io.narthex.api.access.QueryTurns;
import io.narthex.api.access.RestrictedStorage;
import io.narthex.api.plugin.Current;
import io.narthex.api.storage.Storage;
import io.narthex.api.web.WebRequest;

/**
 * The storage as the sender of a request sees it. Endpoints that tell of series have this instead
 * of the storage, so that none can forget what is hidden.
 */
final class SeenStorage {
  private final Current<Storage> storage;
  private final QueryTurns turns;

  SeenStorage(Current<Storage> storage, QueryTurns turns) {
    this.storage = storage;
    this.turns = turns;
  }

  /**
   * What the sender sees of the storage in use.
   *
   * @throws ApiException when there is none (yet)
   */
  Storage of(WebRequest request) throws ApiException {
    return RestrictedStorage.of(ApiException.needed(storage), request.access());
  }

  /**
   * Begins to read samples for a request.
   *
   * @return to be closed when the answer is complete or has failed
   * @throws ApiException when its sender has as many queries at hand as are allowed
   */
  QueryTurns.Turn turn(WebRequest request) throws ApiException {
    try {
      return turns.begin(request.access());
    } catch (QueryTurns.TooManyQueriesException e) {
      throw new ApiException(ApiException.Type.TOO_MANY_QUERIES, String.valueOf(e.getMessage()));
    }
  }
}
