package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.query.QueryException;
import io.narthex.api.storage.StorageException;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class EndpointTest {
  private final FakeResponse response = new FakeResponse();

  @Test
  void wrapsDataAndTellsWarningsAndInfosOnce() throws Exception {
    new Endpoint(
            (request, parameters, json, annotations) -> {
              json.labels(Labels.of("b", "2", "a", "<x> \"q\"\n\u00e9\ud83d\ude00"));
              annotations.add(Annotation.info("PromQL info: i (1:1)"));
              annotations.add(Annotation.warning("w"));
              annotations.add(Annotation.warning("w"));
            })
        .handle(new FakeRequest(), response);

    assertThat(response.status).isEqualTo(200);
    assertThat(response.answer())
        .isEqualTo(
            "{\"status\":\"success\",\"data\":{\"a\":\"\\u003cx\\u003e"
                + " \\\"q\\\"\\n\u00e9\ud83d\ude00\",\"b\":\"2\"},\"warnings\":[\"w\"],\"infos\":[\"PromQL"
                + " info: i (1:1)\"]}");
    assertThat(response.closed).isTrue();
  }

  @Test
  void answersWithTheErrorWhenSomethingFailsBeforeTheBufferIsFull() throws Exception {
    new Endpoint(
            (request, parameters, json, annotations) -> {
              json.beginArray().value("part of a result");
              throw new QueryException(QueryException.Kind.TIMEOUT, "query timed out");
            })
        .handle(new FakeRequest(), response);

    assertThat(response.status).isEqualTo(503);
    assertThat(response.answer())
        .isEqualTo(
            "{\"status\":\"error\",\"errorType\":\"timeout\",\"error\":\"query timed out\"}");
  }

  @Test
  void breaksOffWhenSomethingFailsAfterwards() {
    Endpoint endpoint =
        new Endpoint((request, parameters, json, annotations) -> {
          json.beginArray();
          for (int i = 0; i < 100_000; i++) {
            json.value("some text");
          }
          throw new QueryException(QueryException.Kind.EXECUTION, "late failure");
        });

    assertThatThrownBy(() -> endpoint.handle(new FakeRequest(), response))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("late failure");
    assertThat(response.closed).isFalse();
    assertThat(response.answer()).doesNotContain("\"errorType\"");
  }

  @Test
  void tellsThatStorageIsNotReady() throws Exception {
    new Endpoint(
            (request, parameters, json, annotations) -> {
              throw new StorageException(StorageException.Kind.NOT_READY, "TSDB not ready");
            })
        .handle(new FakeRequest(), response);

    assertThat(response.status).isEqualTo(503);
    assertThat(response.answer())
        .isEqualTo(
            "{\"status\":\"error\",\"errorType\":\"unavailable\",\"error\":\"TSDB not ready\"}");
  }

  @Test
  void writesAResultThatIsLargerThanItsBuffer() throws Exception {
    new Endpoint(
            (request, parameters, json, annotations) -> {
              json.beginArray();
              for (int i = 0; i < 50_000; i++) {
                json.beginArray().timestamp(i).sampleValue(i / 8.0).endArray();
              }
              json.endArray();
            })
        .handle(new FakeRequest(), response);

    assertThat(response.answer())
        .startsWith("{\"status\":\"success\",\"data\":[[0,\"0\"],[0.001,\"0.125\"],")
        .endsWith("[49.999,\"6249.875\"]]}");
    assertThat(response.closed).isTrue();
  }
}
