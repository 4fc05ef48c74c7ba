package io.narthex.api.access;

import io.narthex.api.Api;
import io.narthex.api.model.Matcher;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.ExemplarStorage;
import io.narthex.api.storage.LabelResult;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * A storage of which only the series can be seen that an {@link Access} shows: whatever is asked,
 * the answer is that of a storage which has no others. The samples of hidden series are not read.
 * It is for reading alone, and has none of the optional abilities but {@link ExemplarStorage};
 * where the storage itself has no exemplars, there are none. Safe for any number of threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class RestrictedStorage implements Storage, ExemplarStorage {
  private final Storage storage;
  private final Access access;
  private final Shown shown;

  private RestrictedStorage(Storage storage, Access access) {
    this.storage = storage;
    this.access = access;
    shown = Shown.of(access);
  }

  /**
   * The part of a storage that somebody may see.
   *
   * @param storage stays the caller's, and is not closed with the view
   * @return {@code storage} itself when nothing is hidden
   */
  public static Storage of(Storage storage, Access access) {
    Objects.requireNonNull(storage);
    return access.isRestricted() ? new RestrictedStorage(storage, access) : storage;
  }

  /** Does nothing: who owns the storage starts it. */
  @Override
  public void start() {}

  /** Nobody writes through a view. */
  @Override
  public Appender appender(AppendOptions options) throws StorageException {
    throw new StorageException(
        StorageException.Kind.BAD_REQUEST,
        "cannot append samples: only a part of the series is seen here, which is for reading");
  }

  @Override
  public Querier querier(long minTime, long maxTime) throws StorageException {
    return new View(storage.querier(minTime, maxTime));
  }

  @Override
  public List<SeriesExemplars> exemplars(long minTime, long maxTime, List<List<Matcher>> selectors)
      throws StorageException {
    if (!(storage instanceof ExemplarStorage exemplars)) {
      return List.of();
    }
    List<List<Matcher>> narrowed = new ArrayList<>();
    for (List<Matcher> selector : selectors) {
      narrowed.add(shown.narrow(selector));
    }
    List<SeriesExemplars> seen = new ArrayList<>();
    for (SeriesExemplars found : exemplars.exemplars(minTime, maxTime, narrowed)) {
      if (access.shows(found.series())) {
        seen.add(found);
      }
    }
    return seen;
  }

  /** That of the whole storage, which tells nothing of any series. */
  @Override
  public long minTime() {
    return storage.minTime();
  }

  /** That of the whole storage. */
  @Override
  public long maxTime() {
    return storage.maxTime();
  }

  /** Does nothing: the storage is its owner's. */
  @Override
  public void close() {}

  private final class View implements Querier {
    private final Querier all;

    View(Querier all) {
      this.all = all;
    }

    @Override
    public SeriesSet select(SelectRequest request, List<Matcher> matchers) throws StorageException {
      List<Matcher> narrowed = shown.narrow(matchers);
      return shown.exact()
          ? all.select(request, narrowed)
          : VisibleSeries.of(all, request, narrowed, access);
    }

    @Override
    public LabelResult labelValues(String name, int limit, List<Matcher> matchers)
        throws StorageException {
      return list(limit, matchers, (most, own) -> all.labelValues(name, most, own));
    }

    @Override
    public LabelResult labelValues(
        String name, int limit, List<Matcher> matchers, Predicate<String> test)
        throws StorageException {
      return list(limit, matchers, (most, own) -> all.labelValues(name, most, own, test));
    }

    @Override
    public LabelResult labelNames(int limit, List<Matcher> matchers) throws StorageException {
      return list(limit, matchers, all::labelNames);
    }

    private LabelResult list(int limit, List<Matcher> matchers, LabelUnion.Lookup lookup)
        throws StorageException {
      if (shown.exact()) {
        return lookup.find(limit, shown.narrow(matchers));
      }
      LabelUnion union = new LabelUnion(limit);
      for (List<Matcher> selector : access.selectors()) {
        List<Matcher> own = new ArrayList<>(matchers);
        own.addAll(selector);
        union.add(lookup.find(limit, own));
      }
      return union.result();
    }

    @Override
    public void close() {
      all.close();
    }
  }
}
