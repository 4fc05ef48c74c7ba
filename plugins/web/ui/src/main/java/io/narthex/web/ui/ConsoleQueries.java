package io.narthex.web.ui;

import io.narthex.api.access.Access;
import io.narthex.api.access.RestrictedStorage;
import io.narthex.api.model.Labels;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.query.InstantQuery;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryOptions;
import io.narthex.api.query.QueryOrigin;
import io.narthex.api.query.QueryResult;
import io.narthex.api.query.ValueType;
import io.narthex.api.storage.Storage;
import io.narthex.api.template.TemplateException;
import io.narthex.api.template.TemplateSample;
import io.narthex.api.web.WebRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The queries of one page, at one time, with what its reader may see. Belongs to the thread that
 * makes the page.
 */
final class ConsoleQueries {
  /** Some 100 MB of labels, when they have the usual size. */
  private static final int MAX_SERIES = 100_000;

  private final QueryEngine engine;
  private final Storage storage;
  private final Access access;
  private final String user;
  private final QueryOrigin.HttpRequest origin;
  private final long time;
  private final long end;
  private int series;

  /**
   * Those of a page.
   *
   * @param time milliseconds since the epoch
   * @param limit how long all of them may take
   */
  ConsoleQueries(
      QueryEngine engine, Storage storage, WebRequest request, long time, Duration limit) {
    access = request.access();
    user = access.name().isEmpty() ? request.user().orElse("") : access.name();
    origin =
        new QueryOrigin.HttpRequest(
            String.valueOf(request.remoteAddress().getHostString()),
            request.method(),
            request.externalPathPrefix() + request.path());
    this.engine = engine;
    this.storage = RestrictedStorage.of(storage, access);
    this.time = time;
    end = System.nanoTime() + limit.toNanos();
  }

  /** Milliseconds since the epoch. */
  long time() {
    return time;
  }

  /**
   * The series of an expression, with their values; a scalar is one without labels.
   *
   * @throws TemplateException in the engine's words
   */
  List<TemplateSample> run(String expression) throws TemplateException {
    InstantQuery query = new InstantQuery(expression, time, options());
    try (QueryResult result = engine.instant(storage, query)) {
      if (result.type() != ValueType.VECTOR && result.type() != ValueType.SCALAR) {
        throw new TemplateException("rule result is not a vector or scalar");
      }
      List<TemplateSample> samples = new ArrayList<>();
      while (result.next()) {
        series++;
        if (series > MAX_SERIES) {
          throw new TemplateException("more than " + MAX_SERIES + " series on one page");
        }
        Labels labels = result.labels();
        SampleBatch floats = result.floats();
        Object value =
            floats.size > 0
                ? (Object) floats.values[0]
                : Objects.requireNonNull(result.histograms().histograms[0]);
        samples.add(new TemplateSample(labels.toMap(), value));
      }
      return samples;
    } catch (QueryException e) {
      throw new TemplateException(String.valueOf(e.getMessage()), e);
    }
  }

  private QueryOptions options() {
    // Zero would be no limit.
    Duration left = Duration.ofNanos(Math.max(end - System.nanoTime(), 1_000_000));
    return new QueryOptions(
            left, Duration.ZERO, QueryOptions.StatisticsLevel.NONE, origin.clientIp(), origin)
        .of(user, access.limits());
  }
}
