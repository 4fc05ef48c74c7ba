package io.narthex.web.api;

import io.narthex.api.plugin.Current;
import io.narthex.api.query.QueryException;
import io.narthex.api.storage.StorageException;

/** A request that is answered with an error of the API. */
final class ApiException extends Exception {
  private static final long serialVersionUID = 1L;

  /** The API's {@code errorType}s with their HTTP status. */
  enum Type {
    TIMEOUT("timeout", 503),
    CANCELED("canceled", 499),
    EXECUTION("execution", 422),
    BAD_DATA("bad_data", 400),
    INTERNAL("internal", 500),
    UNAVAILABLE("unavailable", 503),
    /** There is no such thing in this process; Prometheus answers so where it is switched off. */
    SWITCHED_OFF("unavailable", 500),
    /** Narthex's own: Prometheus has no limits of users. */
    TOO_MANY_QUERIES("too_many_requests", 429),
    NOT_FOUND("not_found", 404),
    NOT_ACCEPTABLE("not_acceptable", 406);

    private final String text;
    private final int status;

    Type(String text, int status) {
      this.text = text;
      this.status = status;
    }

    String text() {
      return text;
    }

    int status() {
      return status;
    }
  }

  private final Type type;

  ApiException(Type type, String message) {
    super(message);
    this.type = type;
  }

  static ApiException badData(String message) {
    return new ApiException(Type.BAD_DATA, message);
  }

  /**
   * The storage or engine in use.
   *
   * @throws ApiException when there is none (yet)
   */
  static <T> T needed(Current<T> current) throws ApiException {
    try {
      return current.get();
    } catch (IllegalStateException e) {
      throw new ApiException(Type.UNAVAILABLE, String.valueOf(e.getMessage()));
    }
  }

  static ApiException badParameter(String name, String message) {
    return badData(lead(name) + message);
  }

  /** How the error of a parameter begins. */
  static String lead(String name) {
    return "invalid parameter \"" + name + "\": ";
  }

  static ApiException of(QueryException e) {
    Type type =
        switch (e.kind()) {
          case BAD_DATA -> Type.BAD_DATA;
          case EXECUTION -> Type.EXECUTION;
          case TIMEOUT -> Type.TIMEOUT;
          case CANCELED -> Type.CANCELED;
          case INTERNAL -> Type.INTERNAL;
        };
    return new ApiException(type, String.valueOf(e.getMessage()));
  }

  /**
   * What storage says when it is asked without a query: Prometheus calls every failure there one of
   * execution.
   */
  static ApiException of(StorageException e) {
    Type type =
        switch (e.kind()) {
          case NOT_READY, CLOSED -> Type.UNAVAILABLE;
          case BAD_REQUEST -> Type.BAD_DATA;
          case LIMIT, CORRUPTION, IO -> Type.EXECUTION;
        };
    return new ApiException(type, String.valueOf(e.getMessage()));
  }

  Type type() {
    return type;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
