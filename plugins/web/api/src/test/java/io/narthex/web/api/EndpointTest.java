package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.query.QueryException;
import io.narthex.api.storage.StorageException;
import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import io.narthex.api.web.HttpError;
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
        .handle(FakeRequest.get("/"), response);

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.text())
        .isEqualTo(
            "{\"status\":\"success\",\"data\":{\"a\":\"\\u003cx\\u003e"
                + " \\\"q\\\"\\n\u00e9\ud83d\ude00\",\"b\":\"2\"},\"warnings\":[\"w\"],\"infos\":[\"PromQL"
                + " info: i (1:1)\"]}");
    assertThat(response.isClosed()).isTrue();
  }

  @Test
  void answersWithTheErrorWhenSomethingFailsBeforeTheBufferIsFull() throws Exception {
    new Endpoint(
            (request, parameters, json, annotations) -> {
              json.beginArray().value("part of a result");
              throw new QueryException(QueryException.Kind.TIMEOUT, "query timed out");
            })
        .handle(FakeRequest.get("/"), response);

    assertThat(response.status()).isEqualTo(503);
    assertThat(response.text())
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

    assertThatThrownBy(() -> endpoint.handle(FakeRequest.get("/"), response))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("late failure");
    assertThat(response.isClosed()).isFalse();
    assertThat(response.text()).doesNotContain("\"errorType\"");
  }

  @Test
  void tellsThatStorageIsNotReady() throws Exception {
    new Endpoint(
            (request, parameters, json, annotations) -> {
              throw new StorageException(StorageException.Kind.NOT_READY, "TSDB not ready");
            })
        .handle(FakeRequest.get("/"), response);

    assertThat(response.status()).isEqualTo(503);
    assertThat(response.text())
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
        .handle(FakeRequest.get("/"), response);

    assertThat(response.text())
        .startsWith("{\"status\":\"success\",\"data\":[[0,\"0\"],[0.001,\"0.125\"],")
        .endsWith("[49.999,\"6249.875\"]]}");
    assertThat(response.isClosed()).isTrue();
  }

  @Test
  void tellsTenWarningsAndInfosAtMost() throws Exception {
    new Endpoint(
            (request, parameters, json, annotations) -> {
              json.nothing();
              for (int i = 0; i < 12; i++) {
                annotations.add(Annotation.warning("w" + i));
                annotations.add(Annotation.info("i" + Math.min(i, 10)));
              }
            })
        .handle(FakeRequest.get("/"), response);

    assertThat(response.text())
        .endsWith(
            """
            "warnings":["w0","w1","w2","w3","w4","w5","w6","w7","w8","w9",\
            "2 more warning annotations omitted"],\
            "infos":["i0","i1","i2","i3","i4","i5","i6","i7","i8","i9",\
            "1 more info annotations omitted"]}\
            """);
  }

  @Test
  void writesWhatIsNoTextAsReplacementCharacters() throws Exception {
    new Endpoint(
            (request, parameters, json, annotations) -> {
              throw new QueryException(
                  QueryException.Kind.EXECUTION, "bad \udc00\ud800 \u2028 \u007f\u0007");
            })
        .handle(FakeRequest.get("/"), response);

    assertThat(response.status()).isEqualTo(422);
    assertThat(response.headers()).containsEntry("Content-Type", "application/json");
    assertThat(response.text())
        .isEqualTo(
            "{\"status\":\"error\",\"errorType\":\"execution\",\"error\":\"bad"
                + " \ufffd\ufffd \\u2028 \u007f\\u0007\"}");
  }

  @Test
  void answersADefectWithAnErrorThatClientsUnderstand() throws Exception {
    new Endpoint(
            (request, parameters, json, annotations) -> {
              throw new NullPointerException("oops");
            })
        .handle(FakeRequest.get("/"), response);

    assertThat(response.status()).isEqualTo(500);
    assertThat(response.text()).contains("\"errorType\":\"internal\"").contains("oops");
  }

  @Test
  void isInterruptedWhenTheClientLeaves() throws Exception {
    FakeRequest request = FakeRequest.get("/");
    boolean[] interrupted = new boolean[1];

    new Endpoint(
            (r, parameters, json, annotations) -> {
              request.disconnect();
              interrupted[0] = Thread.interrupted();
              json.nothing();
            })
        .handle(request, response);

    assertThat(interrupted[0]).isTrue();
  }

  @Test
  void letsTheThreadAloneWhenTheClientLeavesAfterTheAnswer() throws Exception {
    FakeRequest request = FakeRequest.get("/");
    new Endpoint((r, parameters, json, annotations) -> json.nothing()).handle(request, response);

    request.disconnect();

    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void tellsThatAFormCannotBeRead() throws Exception {
    FakeRequest request = FakeRequest.get("/");
    request.withBrokenForm(new HttpError(400, "invalid URL escape \"%zz\""));

    new Endpoint((r, parameters, json, annotations) -> json.nothing()).handle(request, response);

    assertThat(Api.error(response))
        .isEqualTo("400 bad_data: error parsing form values: invalid URL escape \"%zz\"");
  }

  @Test
  void leavesAFormThatIsTooLargeToTheServer() {
    HttpError error = new HttpError(413, "too large");
    FakeRequest request = FakeRequest.get("/").withBrokenForm(error);
    Endpoint endpoint = new Endpoint((r, parameters, json, annotations) -> json.nothing());

    assertThatThrownBy(() -> endpoint.handle(request, response)).isSameAs(error);
  }
}
