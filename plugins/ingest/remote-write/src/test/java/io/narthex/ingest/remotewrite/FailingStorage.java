package io.narthex.ingest.remotewrite;

import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendError;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A storage whose disk is full. */
final class FailingStorage implements Storage {
  enum Where {
    APPEND,
    COMMIT
  }

  private final Storage inner;
  private final Where where;
  private final List<String> events;

  FailingStorage(Storage inner, Where where, List<String> events) {
    this.inner = inner;
    this.where = where;
    this.events = events;
  }

  @Override
  public Appender appender(AppendOptions options) throws StorageException {
    Appender appender = inner.appender(options);
    return new Appender() {
      @Override
      public long series(Labels labels) throws StorageException {
        return appender.series(labels);
      }

      @Override
      public void append(AppendBatch batch, AppendErrors errors) throws StorageException {
        fail(Where.APPEND);
        appender.append(batch, errors);
      }

      @Override
      public @Nullable AppendError appendExemplar(long series, Exemplar exemplar)
          throws StorageException {
        return appender.appendExemplar(series, exemplar);
      }

      @Override
      public void updateMetadata(long series, Metadata metadata) throws StorageException {
        appender.updateMetadata(series, metadata);
      }

      @Override
      public void commit() throws StorageException {
        fail(Where.COMMIT);
        appender.commit();
      }

      @Override
      public void rollback() {
        events.add("rollback");
        appender.rollback();
      }
    };
  }

  private void fail(Where here) throws StorageException {
    if (where == here) {
      throw new StorageException(StorageException.Kind.IO, "no space left");
    }
  }

  @Override
  public void start() {}

  @Override
  public Querier querier(long minTime, long maxTime) throws StorageException {
    return inner.querier(minTime, maxTime);
  }

  @Override
  public long minTime() {
    return inner.minTime();
  }

  @Override
  public long maxTime() {
    return inner.maxTime();
  }

  @Override
  public void close() {}
}
