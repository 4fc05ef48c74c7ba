package io.narthex.web.api;

import io.narthex.api.model.Annotation;
import io.narthex.api.plugin.Current;
import io.narthex.api.storage.BlocksView;
import io.narthex.api.storage.CardinalitySource;
import io.narthex.api.storage.ReplayProgress;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageException;
import io.narthex.api.web.EarlyHandler;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebRequest;
import java.io.IOException;
import java.util.List;

/** {@code status/tsdb}, {@code status/tsdb/blocks} and {@code status/walreplay}. */
final class StorageEndpoints {
  private static final int DEFAULT_LIMIT = 10;

  /** The most entries of a list, whatever is asked for: each is looked for in all labels. */
  private static final int MAX_LIMIT = 10_000;

  private final Current<Storage> storage;

  StorageEndpoints(Current<Storage> storage) {
    this.storage = storage;
  }

  List<Route> routes() {
    EarlyHandler replay = new Endpoint(this::replay)::handle;
    return List.of(
        Route.get("/api/v1/status/tsdb", new Endpoint(this::head)),
        Route.get("/api/v1/status/tsdb/blocks", new Endpoint(this::blocks)),
        Route.get("/api/v1/status/walreplay", replay));
  }

  /**
   * The storage in use with one of its optional abilities.
   *
   * @throws ApiException when there is no storage, or it has not that ability
   */
  static <T> T able(Current<Storage> storage, Class<T> ability, String what) throws ApiException {
    Storage current = ApiException.needed(storage);
    if (!ability.isInstance(current)) {
      throw new ApiException(
          ApiException.Type.SWITCHED_OFF, "the storage in use " + what + " nothing of that kind");
    }
    return ability.cast(current);
  }

  private void head(WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException {
    int limit = limit(p.first("limit"));
    CardinalitySource.Cardinality c;
    try {
      c = able(storage, CardinalitySource.class, "counts").cardinality(limit);
    } catch (StorageException e) {
      throw new ApiException(ApiException.Type.INTERNAL, String.valueOf(e.getMessage()));
    }
    json.beginObject().key("headStats").beginObject();
    json.key("numSeries").value(c.series());
    json.key("numLabelPairs").value(c.labelPairs());
    json.key("chunkCount").value(c.chunks());
    json.key("minTime").value(c.minTime());
    json.key("maxTime").value(c.maxTime());
    json.endObject();
    counts(json, "seriesCountByMetricName", c.seriesByMetricName());
    counts(json, "labelValueCountByLabelName", c.valuesByLabelName());
    counts(json, "memoryInBytesByLabelName", c.memoryByLabelName());
    counts(json, "seriesCountByLabelValuePair", c.seriesByLabelPair());
    json.endObject();
  }

  private static int limit(String text) throws ApiException {
    if (text.isEmpty()) {
      return DEFAULT_LIMIT;
    }
    int limit;
    try {
      limit = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      limit = 0;
    }
    if (limit < 1) {
      throw ApiException.badData("limit must be a positive number");
    }
    if (limit > MAX_LIMIT) {
      throw ApiException.badData("limit must not exceed " + MAX_LIMIT);
    }
    return limit;
  }

  private static void counts(JsonStream json, String key, List<CardinalitySource.Count> counts)
      throws IOException {
    json.key(key).beginArray();
    for (CardinalitySource.Count count : counts) {
      json.beginObject();
      json.key("name").value(count.name());
      json.key("value").value(count.value());
      json.endObject();
    }
    json.endArray();
  }

  private void blocks(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException {
    List<BlocksView.Block> blocks;
    try {
      blocks = able(storage, BlocksView.class, "has").blocks();
    } catch (StorageException e) {
      throw new ApiException(
          ApiException.Type.INTERNAL, "error getting block metadata: " + e.getMessage());
    }
    json.beginObject().key("blocks").beginArray();
    for (BlocksView.Block block : blocks) {
      block(json, block);
    }
    json.endArray().endObject();
  }

  /** As {@code meta.json} has it: what is zero or empty is left out. */
  private static void block(JsonStream json, BlocksView.Block block) throws IOException {
    json.beginObject();
    json.key("ulid").value(block.ulid());
    json.key("minTime").value(block.minTime());
    json.key("maxTime").value(block.maxTime());
    json.key("stats").beginObject();
    unlessZero(json, "numSamples", block.samples());
    unlessZero(json, "numFloatSamples", block.floatSamples());
    unlessZero(json, "numHistogramSamples", block.histogramSamples());
    unlessZero(json, "numSeries", block.series());
    unlessZero(json, "numChunks", block.chunks());
    unlessZero(json, "numTombstones", block.tombstones());
    json.endObject();
    json.key("compaction").beginObject();
    json.key("level").value(block.level());
    if (!block.sources().isEmpty()) {
      json.key("sources").strings(block.sources());
    }
    if (block.deletable()) {
      json.key("deletable").value(true);
    }
    if (!block.parents().isEmpty()) {
      json.key("parents").beginArray();
      for (BlocksView.Parent parent : block.parents()) {
        json.beginObject();
        json.key("ulid").value(parent.ulid());
        json.key("minTime").value(parent.minTime());
        json.key("maxTime").value(parent.maxTime());
        json.endObject();
      }
      json.endArray();
    }
    if (block.failed()) {
      json.key("failed").value(true);
    }
    if (!block.hints().isEmpty()) {
      json.key("hints").strings(block.hints());
    }
    json.endObject();
    json.key("version").value(block.version());
    json.endObject();
  }

  private static void unlessZero(JsonStream json, String key, long value) throws IOException {
    if (value != 0) {
      json.key(key).value(value);
    }
  }

  /** Answers before the storage has started; where nothing is replayed, all is zero. */
  private void replay(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException {
    ReplayProgress.Progress progress =
        storage
            .find()
            .filter(ReplayProgress.class::isInstance)
            .map(s -> ((ReplayProgress) s).replay())
            .orElse(ReplayProgress.Progress.NONE);
    json.beginObject();
    json.key("min").value(progress.first());
    json.key("max").value(progress.last());
    json.key("current").value(progress.current());
    json.endObject();
  }
}
