package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.query.ValueType;
import io.narthex.api.storage.BlocksView;
import io.narthex.api.storage.CardinalitySource;
import io.narthex.api.storage.ExemplarStorage;
import io.narthex.api.storage.ReplayProgress;
import io.narthex.api.storage.StorageAdmin;
import io.narthex.api.storage.StorageException;
import io.narthex.api.web.EarlyHandler;
import io.narthex.api.web.FakeResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StorageEndpointsTest {
  /** Has all abilities, and notes what it is asked to do. */
  static final class AbleStorage extends FakeStorage
      implements CardinalitySource, BlocksView, ReplayProgress, StorageAdmin, ExemplarStorage {
    final List<String> done = new ArrayList<>();
    int limit;

    private void failIfToldTo() throws StorageException {
      if (failure != null) {
        throw failure;
      }
    }

    @Override
    public Cardinality cardinality(int most) throws StorageException {
      failIfToldTo();
      limit = most;
      return new Cardinality(
          5,
          7,
          9,
          -1_000,
          2_000,
          List.of(new Count("up", 3), new Count("down", 2)),
          List.of(new Count("job", 2)),
          List.of(),
          List.of(new Count("job=<a>", 1)));
    }

    @Override
    public List<Block> blocks() throws StorageException {
      failIfToldTo();
      return List.of(
          new Block(
              "01A",
              0,
              10,
              1,
              2,
              3,
              0,
              0,
              0,
              1,
              List.of("01A"),
              List.of(),
              false,
              false,
              List.of(),
              1),
          new Block(
              "01B",
              -5,
              20,
              1,
              3,
              3,
              2,
              1,
              4,
              2,
              List.of("01C", "01D"),
              List.of(new Parent("01C", -5, 5), new Parent("01D", 5, 20)),
              true,
              true,
              List.of("from-out-of-order"),
              1));
    }

    @Override
    public Progress replay() {
      return new Progress(3, 8, 5);
    }

    @Override
    public void delete(long min, long max, List<Matcher> matchers) throws StorageException {
      failIfToldTo();
      done.add("delete " + min + " " + max + " " + matchers);
    }

    @Override
    public void cleanTombstones() throws StorageException {
      failIfToldTo();
      done.add("clean");
    }

    @Override
    public String snapshot(boolean skipHead) throws StorageException {
      failIfToldTo();
      done.add("snapshot " + skipHead);
      return "20261121T030716Z-1e6a";
    }

    @Override
    public List<SeriesExemplars> exemplars(long min, long max, List<List<Matcher>> selectors) {
      done.add(min + " " + max + " " + selectors);
      return List.of(
          new SeriesExemplars(
              Labels.of("__name__", "up"),
              List.of(new Exemplar(Labels.of("trace_id", "a"), 0.5, 1_500, true))));
    }
  }

  private final Api api = new Api();
  private final AbleStorage storage = new AbleStorage();

  @BeforeEach
  void choose() {
    api.storageInUse = storage;
    api.flags.put("web.enable-admin-api", "true");
    api.engine.selectors.put("up", List.of(Matcher.equal("__name__", "up")));
    api.engine.selectors.put("down", List.of(Matcher.equal("__name__", "down")));
  }

  @Test
  void countsWhatTheHeadIsMadeOf() throws Exception {
    assertThat(api.data("status/tsdb"))
        .isEqualTo(
            """
            {"headStats":{"numSeries":5,"numLabelPairs":9,"chunkCount":7,"minTime":-1000,\
            "maxTime":2000},"seriesCountByMetricName":[{"name":"up","value":3},\
            {"name":"down","value":2}],"labelValueCountByLabelName":[{"name":"job","value":2}],\
            "memoryInBytesByLabelName":[],"seriesCountByLabelValuePair":\
            [{"name":"job=\\u003ca\\u003e","value":1}]}\
            """);
    assertThat(storage.limit).isEqualTo(10);
    api.data("status/tsdb", "limit", "33");
    assertThat(storage.limit).isEqualTo(33);
    api.data("status/tsdb", "limit", "10000");
    assertThat(storage.limit).isEqualTo(10_000);
    assertThat(api.error("status/tsdb", "limit", "10001"))
        .isEqualTo("400 bad_data: limit must not exceed 10000");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "x", "1.5", "99999999999"})
  void refusesALimitThatIsNone(String limit) throws Exception {
    assertThat(api.error("status/tsdb", "limit", limit))
        .isEqualTo("400 bad_data: limit must be a positive number");
  }

  @Test
  void listsBlocksAsTheirMetadataHasThem() throws Exception {
    assertThat(api.data("status/tsdb/blocks"))
        .isEqualTo(
            """
            {"blocks":[{"ulid":"01A","minTime":0,"maxTime":10,"stats":{"numSamples":2,\
            "numSeries":1,"numChunks":3},"compaction":{"level":1,"sources":["01A"]},"version":1},\
            {"ulid":"01B","minTime":-5,"maxTime":20,"stats":{"numSamples":3,"numFloatSamples":2,\
            "numHistogramSamples":1,"numSeries":1,"numChunks":3,"numTombstones":4},\
            "compaction":{"level":2,"sources":["01C","01D"],"deletable":true,"parents":\
            [{"ulid":"01C","minTime":-5,"maxTime":5},{"ulid":"01D","minTime":5,"maxTime":20}],\
            "failed":true,"hints":["from-out-of-order"]},"version":1}]}\
            """);
  }

  @Test
  void tellsHowFarReplayIsEvenBeforeAnybodyIsReady() throws Exception {
    assertThat(api.data("status/walreplay")).isEqualTo("{\"min\":3,\"max\":8,\"current\":5}");
    assertThat(api.route("status/walreplay").handler()).isInstanceOf(EarlyHandler.class);
    api.storageInUse = api.storage;
    assertThat(api.data("status/walreplay")).isEqualTo("{\"min\":0,\"max\":0,\"current\":0}");
    api.storageIsThere = false;
    assertThat(api.data("status/walreplay")).isEqualTo("{\"min\":0,\"max\":0,\"current\":0}");
  }

  @Test
  void saysSoWhenTheStorageHasNotTheAbility() throws Exception {
    api.storageInUse = api.storage;

    assertThat(api.error("status/tsdb"))
        .isEqualTo("500 unavailable: the storage in use counts nothing of that kind");
    assertThat(api.error("status/tsdb/blocks"))
        .isEqualTo("500 unavailable: the storage in use has nothing of that kind");
    assertThat(api.error("admin/tsdb/clean_tombstones"))
        .isEqualTo("500 unavailable: the storage in use does nothing of that kind");
    api.engine.answer("up", ValueType.VECTOR).selectors =
        List.of(List.of(Matcher.equal("__name__", "up")));
    assertThat(api.data("query_exemplars", "query", "up")).isEqualTo("[]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"snapshot", "delete_series", "clean_tombstones"})
  void administersOnlyWhenThatIsSwitchedOn(String operation) throws Exception {
    api.flags.put("web.enable-admin-api", "false");

    assertThat(api.error("admin/tsdb/" + operation, "match[]", "up"))
        .isEqualTo("500 unavailable: admin APIs disabled");
    assertThat(storage.done).isEmpty();
    assertThat(api.route("admin/tsdb/" + operation).methods()).isEqualTo(Set.of("POST", "PUT"));
  }

  @Test
  void makesSnapshots() throws Exception {
    assertThat(api.data("admin/tsdb/snapshot")).isEqualTo("{\"name\":\"20261121T030716Z-1e6a\"}");
    api.data("admin/tsdb/snapshot", "skip_head", "True");
    assertThat(storage.done).containsExactly("snapshot false", "snapshot true");
    assertThat(api.error("admin/tsdb/snapshot", "skip_head", "maybe"))
        .isEqualTo(
            "400 bad_data: invalid parameter \"skip_head\": unable to parse boolean:"
                + " strconv.ParseBool: parsing \"maybe\": invalid syntax");
    storage.failure = new StorageException(StorageException.Kind.IO, "disk full");
    assertThat(api.error("admin/tsdb/snapshot"))
        .isEqualTo("500 internal: create snapshot: disk full");
  }

  @Test
  void deletesSeries() throws Exception {
    FakeResponse response =
        api.call(
            "admin/tsdb/delete_series",
            "match[]",
            "up",
            "match[]",
            "down",
            "start",
            "1",
            "end",
            "2.5");

    assertThat(response.status()).isEqualTo(204);
    assertThat(response.text()).isEmpty();
    assertThat(response.headers()).isEmpty();
    assertThat(storage.done)
        .containsExactly(
            "delete 1000 2500 [__name__=\"up\"]", "delete 1000 2500 [__name__=\"down\"]");
  }

  @Test
  void aSelectorWithoutMatchersDeletesNothing() throws Exception {
    api.engine.selectors.put("{}", List.of());
    assertThat(api.call("admin/tsdb/delete_series", "match[]", "{}").status()).isEqualTo(204);
    assertThat(storage.done).isEmpty();
  }

  @Test
  void deletesNothingUnlessAllIsUnderstood() throws Exception {
    assertThat(api.error("admin/tsdb/delete_series"))
        .isEqualTo("400 bad_data: no match[] parameter provided");
    assertThat(api.error("admin/tsdb/delete_series", "match[]", "up", "match[]", "u{"))
        .isEqualTo(
            "400 bad_data: invalid parameter \"match[]\": 1:1: parse error: unexpected \"u{\"");
    assertThat(api.error("admin/tsdb/delete_series", "match[]", "up", "start", "x"))
        .startsWith("400 bad_data: invalid parameter ");
    assertThat(storage.done).isEmpty();
    storage.failure = new StorageException(StorageException.Kind.IO, "disk full");
    assertThat(api.error("admin/tsdb/delete_series", "match[]", "up"))
        .isEqualTo("500 internal: disk full");
  }

  @Test
  void cleansTombstones() throws Exception {
    assertThat(api.call("admin/tsdb/clean_tombstones").status()).isEqualTo(204);
    assertThat(storage.done).containsExactly("clean");
  }

  @Test
  void givesExemplars() throws Exception {
    api.engine.answer("up / 2", ValueType.VECTOR).selectors =
        List.of(List.of(Matcher.equal("__name__", "up")));

    assertThat(api.data("query_exemplars", "query", "up / 2", "start", "1", "end", "2"))
        .isEqualTo(
            """
            [{"seriesLabels":{"__name__":"up"},"exemplars":[{"labels":{"trace_id":"a"},\
            "value":"0.5","timestamp":1.500}]}]\
            """);
    assertThat(storage.done).containsExactly("1000 2000 [[__name__=\"up\"]]");
  }

  @Test
  void hasNoExemplarsForWhatSelectsNothing() throws Exception {
    api.engine.answer("1", ValueType.SCALAR);

    assertThat(api.call("query_exemplars", "query", "1").status()).isEqualTo(204);
    assertThat(api.error("query_exemplars", "query", "?"))
        .isEqualTo("400 bad_data: 1:1: parse error: unexpected \"?\"");
    assertThat(api.error("query_exemplars", "query", "1", "start", "5", "end", "3"))
        .isEqualTo("400 bad_data: end timestamp must not be before start timestamp");
  }
}
