package io.narthex.web.api;

import io.narthex.api.model.Annotation;
import io.narthex.api.query.QueryException;
import io.narthex.api.storage.StorageException;
import io.narthex.api.web.Handler;
import io.narthex.api.web.Interruption;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An endpoint of the API: writes the envelope {@code
 * {"status":"success","data":...,"warnings":[...],"infos":[...]}} around what {@link Body} writes,
 * and turns failures into the API's errors. The answer is streamed: a failure after the first
 * buffer went out breaks the connection, so that nobody takes a part for the whole.
 */
final class Endpoint implements Handler {
  private static final Logger log = LoggerFactory.getLogger(Endpoint.class);
  private static final String JSON = "application/json";

  /** Queries mostly end within that. */
  static final String RETRY_SECONDS = "1";

  /** As many warnings, and as many infos, as Prometheus tells. */
  private static final int MAX_ANNOTATIONS = 10;

  /** Writes the {@code data} of an answer. */
  @FunctionalInterface
  interface Body {
    /**
     * Writes exactly one JSON value, or throws before it has written anything.
     *
     * @param annotations takes warnings and infos, until this returns
     */
    void write(
        WebRequest request, Parameters parameters, JsonStream json, List<Annotation> annotations)
        throws IOException,
            ApiException,
            QueryException,
            StorageException,
            NothingException,
            InterruptedException;
  }

  /** Writes an answer that has no envelope; its failures are those of the API. */
  @FunctionalInterface
  interface Answer {
    /** Answers, or throws before anything was sent. */
    void write(WebRequest request, WebResponse response)
        throws IOException,
            ApiException,
            QueryException,
            StorageException,
            NothingException,
            InterruptedException;
  }

  /** Thrown by a {@link Body} that has nothing to tell: the answer is 204. */
  static final class NothingException extends Exception {
    private static final long serialVersionUID = 1L;

    NothingException() {
      super("nothing to tell", null, false, false);
    }
  }

  private final Answer answer;

  Endpoint(Body body) {
    this((request, response) -> write(body, request, response));
  }

  private Endpoint(Answer answer) {
    this.answer = answer;
  }

  /** One without the envelope. */
  static Endpoint whole(Answer answer) {
    return new Endpoint(answer);
  }

  @Override
  public void handle(WebRequest request, WebResponse response)
      throws IOException, InterruptedException {
    try (Interruption interruption = Interruption.of(request)) {
      answer.write(request, response);
    } catch (NothingException e) {
      response.status(204).body().close();
    } catch (ApiException e) {
      fail(request, response, e);
    } catch (QueryException e) {
      fail(request, response, ApiException.of(e));
    } catch (StorageException e) {
      fail(request, response, ApiException.of(e));
    } catch (RuntimeException e) {
      // A defect of ours or of a plugin; the client gets an answer that it can read.
      log.error("request failed path={}", request.path(), e);
      fail(
          request,
          response,
          new ApiException(ApiException.Type.INTERNAL, "unexpected error: " + e));
    }
  }

  private static void write(Body body, WebRequest request, WebResponse response)
      throws IOException,
          ApiException,
          QueryException,
          StorageException,
          NothingException,
          InterruptedException {
    Parameters parameters = Parameters.of(request);
    DeferredBody out = new DeferredBody(response, JSON);
    JsonStream json = new JsonStream(out);
    List<Annotation> annotations = new ArrayList<>();
    json.beginObject().key("status").value("success").key("data");
    body.write(request, parameters, json, annotations);
    annotations(json, "warnings", annotations, Annotation.Kind.WARNING);
    annotations(json, "infos", annotations, Annotation.Kind.INFO);
    json.endObject().flush();
    out.finish();
  }

  private static void annotations(
      JsonStream json, String key, List<Annotation> annotations, Annotation.Kind kind)
      throws IOException {
    List<String> messages = new ArrayList<>();
    int omitted = 0;
    for (String message :
        annotations.stream()
            .filter(a -> a.kind() == kind)
            .map(Annotation::message)
            .distinct()
            .toList()) {
      if (messages.size() < MAX_ANNOTATIONS) {
        messages.add(message);
      } else {
        omitted++;
      }
    }
    if (omitted > 0) {
      messages.add(
          omitted
              + (kind == Annotation.Kind.WARNING ? " more warning" : " more info")
              + " annotations omitted");
    }
    if (!messages.isEmpty()) {
      json.key(key).strings(messages);
    }
  }

  private static void fail(WebRequest request, WebResponse response, ApiException e)
      throws IOException {
    if (response.isCommitted()) {
      log.warn(
          "answer broken off path={} type={} reason=\"{}\"",
          request.path(),
          e.type().text(),
          e.getMessage());
      throw new IOException("answer broken off: " + e.getMessage(), e);
    }
    response.status(e.type().status()).header("Content-Type", JSON);
    if (e.type() == ApiException.Type.TOO_MANY_QUERIES) {
      response.header("Retry-After", RETRY_SECONDS);
    }
    try (OutputStream out = response.body()) {
      JsonStream json = new JsonStream(out);
      json.beginObject();
      json.key("status").value("error");
      json.key("errorType").value(e.type().text());
      json.key("error").value(e.getMessage());
      json.endObject().flush();
    }
  }
}
