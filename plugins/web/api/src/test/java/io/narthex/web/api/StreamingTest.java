package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.query.ValueType;
import io.narthex.api.storage.LabelResult;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.WebResponse;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** An answer of 500 MB takes no 500 MB: what has gone out is not kept, nor what is to come. */
class StreamingTest {
  private static final long LONG = 500_000_000;

  /** How much of the heap an answer may hold while it goes out. */
  private static final long HELD = 48 << 20;

  /** Counts what goes out, and looks now and then what is in use. */
  private static final class Sink extends OutputStream implements WebResponse {
    private static final long EVERY = 100_000_000;
    private final long before = inUse();
    long written;
    long held;
    private long look = EVERY / 2;

    static long inUse() {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      return runtime.totalMemory() - runtime.freeMemory();
    }

    @Override
    public void write(int b) {
      throw new AssertionError("an answer goes out in pieces");
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      written += length;
      assertThat(length).as("a piece").isLessThan(4 << 20);
      if (written >= look) {
        look += EVERY;
        held = Math.max(held, inUse() - before);
      }
    }

    @Override
    public WebResponse status(int status) {
      assertThat(status).isEqualTo(200);
      return this;
    }

    @Override
    public WebResponse header(String name, String value) {
      return this;
    }

    @Override
    public WebResponse addHeader(String name, String value) {
      return this;
    }

    @Override
    public OutputStream body() {
      return this;
    }

    @Override
    public boolean isCommitted() {
      return written > 64 << 10;
    }
  }

  private static Sink answer(Api api, String path, FakeRequest request) throws Exception {
    Sink sink = new Sink();
    api.route(path).handler().handle(request, sink);
    assertThat(sink.written).as("bytes").isGreaterThan(LONG);
    assertThat(sink.held).as("bytes of the heap").isLessThan(HELD);
    return sink;
  }

  @Test
  void writesRangesAsTheyAreRead() throws Exception {
    Api api = new Api();
    FakeEngine.Result result =
        api.engine
            .answer("m", ValueType.MATRIX)
            .series(Labels.of("__name__", "m", "instance", "a"));
    for (int i = 0; i <= 10_000; i++) {
      result.add(i * 1000L, Math.sin(i));
    }
    result.times(1800);
    answer(
        api,
        "query_range",
        FakeRequest.get("/")
            .with("query", "m")
            .with("start", "0")
            .with("end", "10000")
            .with("step", "1"));
    assertThat(result.closed).isTrue();
  }

  @Test
  void writesSeriesAsTheyAreRead() throws Exception {
    Api api = new Api();
    api.engine.selectors.put("m", List.of(Matcher.equal("__name__", "m")));
    api.storageInUse = new Endless(3_000_000);
    answer(api, "series", FakeRequest.get("/").with("match[]", "m"));
  }

  /** Makes series when they are asked for. */
  private static final class Endless extends FakeStorage {
    private final int size;

    Endless(int size) {
      this.size = size;
    }

    @Override
    public Querier querier(long min, long max) {
      return new Querier() {
        @Override
        public SeriesSet select(SelectRequest request, List<Matcher> matchers) {
          return new Made(size);
        }

        @Override
        public LabelResult labelValues(String name, int limit, List<Matcher> matchers) {
          throw new UnsupportedOperationException("only series are asked for");
        }

        @Override
        public LabelResult labelNames(int limit, List<Matcher> matchers) {
          throw new UnsupportedOperationException("only series are asked for");
        }

        @Override
        public void close() {}
      };
    }
  }

  private record Made(int size) implements SeriesSet {
    @Override
    public Labels labels(int i) {
      return Labels.of(
          "__name__",
          "m",
          "container",
          "a-container-of-the-usual-length-" + i,
          "instance",
          "10.0.0.1:" + i,
          "namespace",
          "a-namespace",
          "pod",
          "a-pod-of-the-usual-length-and-more-" + i);
    }

    @Override
    public SampleReader samples(int i, @Nullable SampleReader reuse) {
      throw new UnsupportedOperationException("no samples are needed here");
    }

    @Override
    public List<Annotation> annotations() {
      return List.of();
    }

    @Override
    public void close() {}
  }
}
