package io.narthex.api.storage;

import io.narthex.api.Api;
import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;

/**
 * An append transaction: nothing of it can be read before {@link #commit}, then everything. Used by
 * one thread at a time; ends with exactly one of {@link #commit} and {@link #rollback}; closing
 * without either rolls back.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface Appender extends AutoCloseable {
  /**
   * The reference of a series, which is made when it does not exist. It holds for this and later
   * transactions until the storage has forgotten the series; appending then fails with {@link
   * AppendError#UNKNOWN_SERIES}, and the caller asks here again. References are positive and never
   * given to another series of the same run of the process.
   *
   * @throws StorageException when the labels are empty or a limit is reached
   */
  long series(Labels labels) throws StorageException;

  /**
   * Appends samples. Those which cannot be appended are reported in {@code errors} and left out;
   * the others are part of the transaction. The batch belongs to the caller and may be used again
   * on return.
   *
   * @throws StorageException when the whole transaction has failed (a full disk)
   */
  void append(AppendBatch batch, AppendErrors errors) throws StorageException;

  /**
   * Appends an exemplar to a series.
   *
   * @return null when it was taken or was a duplicate of the latest one
   */
  @org.jspecify.annotations.Nullable
  AppendError appendExemplar(long series, Exemplar exemplar) throws StorageException;

  /** Notes a series' metadata; a storage that keeps none ignores it. */
  void updateMetadata(long series, Metadata metadata) throws StorageException;

  /**
   * Makes everything visible, and durable as far as the storage's configuration promises.
   *
   * @throws StorageException when that failed; nothing is visible then
   */
  void commit() throws StorageException;

  /** Forgets everything. May be called after a failure, and twice. */
  void rollback();

  /** Rolls back unless committed. */
  @Override
  default void close() {
    rollback();
  }
}
