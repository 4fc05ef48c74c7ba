package io.narthex.rules.groups.eval;

import io.narthex.api.model.SampleBatch;
import io.narthex.api.plugin.Current;
import io.narthex.api.query.InstantQuery;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryOptions;
import io.narthex.api.query.QueryResult;
import io.narthex.api.query.ValueType;
import io.narthex.api.storage.Storage;
import java.util.Objects;

/** Evaluates expressions for rules. Safe for any number of threads. */
final class Queries {
  private final Current<Storage> storage;
  private final Current<QueryEngine> engine;

  Queries(Current<Storage> storage, Current<QueryEngine> engine) {
    this.storage = storage;
    this.engine = engine;
  }

  /**
   * Evaluates an expression; a scalar is a sample without labels.
   *
   * @param time milliseconds since the epoch
   */
  Vector evaluate(String query, long time, QueryOptions options) throws RuleFailure {
    QueryEngine asked =
        engine.find().orElseThrow(() -> new RuleFailure("no query engine is available"));
    Storage stored = storage.find().orElseThrow(() -> new RuleFailure("no storage is available"));
    try (QueryResult result = asked.instant(stored, new InstantQuery(query, time, options))) {
      if (result.type() != ValueType.VECTOR && result.type() != ValueType.SCALAR) {
        throw new RuleFailure("rule result is not a vector or scalar");
      }
      Vector vector = new Vector(time);
      while (result.next()) {
        SampleBatch floats = result.floats();
        if (floats.size > 0) {
          vector.add(result.labels(), floats.values[floats.size - 1]);
        }
        SampleBatch histograms = result.histograms();
        if (histograms.size > 0) {
          vector.add(
              result.labels(), Objects.requireNonNull(histograms.histograms[histograms.size - 1]));
        }
      }
      return vector;
    } catch (QueryException e) {
      throw new RuleFailure(
          String.valueOf(e.getMessage()), e.kind() == QueryException.Kind.CANCELED, e);
    }
  }
}
