package io.narthex.query.promql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.model.SampleBatch;
import io.narthex.api.plugin.FakeExtensions;
import io.narthex.api.query.FunctionDescription;
import io.narthex.api.query.FunctionProvider;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.ValueType;
import io.narthex.query.promql.parse.PromqlParser;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class PluginFunctionsTest {
  /** {@code plus(v, s, s...)}: adds all scalars. */
  private static final FunctionProvider PLUS = new Provider("plus", () -> new Plus(1, 2));

  private static final FunctionProvider ANY =
      new Provider("plus_any", () -> new Plus(0, Integer.MAX_VALUE));

  /** {@code newest(r)}: fails where the newest sample is 13, and says nothing where it is 0. */
  private static final FunctionProvider NEWEST = new Provider("newest", Newest::new);

  @Test
  void argumentsAreCountedAndTyped() throws Exception {
    Queries queries = queries(PLUS, ANY, NEWEST);
    assertThat(queries.at(0, "plus(m, 1)")).containsExactly("{a=\"1\"} 2.0@0");
    assertThat(queries.at(0, "plus(m, 1, 2, 3)")).containsExactly("{a=\"1\"} 7.0@0");
    assertThat(queries.at(0, "plus_any(m)")).containsExactly("{a=\"1\"} 1.0@0");
    assertThat(queries.at(0, "plus_any(m, 1, 1, 1, 1, 1)")).containsExactly("{a=\"1\"} 6.0@0");
    refuses(
        queries,
        "plus(m)",
        "1:1: parse error: expected at least 2 argument(s) in call to \"plus\", got 1");
    refuses(
        queries,
        "plus(m, 1, 2, 3, 4)",
        "1:1: parse error: expected at most 4 argument(s) in call to \"plus\", got 5");
    refuses(
        queries,
        "plus(m[1m], 1)",
        "1:6: parse error: expected type instant vector in call to function \"plus\", got range"
            + " vector");
    refuses(
        queries,
        "plus(m, m)",
        "1:9: parse error: expected type scalar in call to function \"plus\", got instant vector");
    refuses(
        queries,
        "plus(m, 1, m)",
        "1:12: parse error: expected type scalar in call to function \"plus\", got instant vector");
    refuses(
        queries,
        "newest(m)",
        "1:8: parse error: expected type range vector in call to function \"newest\", got instant"
            + " vector");
    refuses(
        queries,
        "newest()",
        "1:1: parse error: expected 1 argument(s) in call to \"newest\", got 0");
  }

  @Test
  void worksOverRangesWithArgumentsThatChange() throws Exception {
    Queries queries = queries(PLUS, NEWEST);
    assertThat(queries.range(0, 3000, 1000, "plus(m, time())"))
        .containsExactly("{a=\"1\"} 1.0@0 3.0@1000 15.0@2000 3.0@3000");
    assertThat(queries.range(0, 1000, 1000, "newest(m[1s]) + on() group_left() vector(1)"))
        .containsExactly("{a=\"1\"} 2.0@0 3.0@1000");
    // No result at the last time, where the sample is 0.
    assertThat(queries.range(1000, 3000, 2000, "newest(m[1s])"))
        .containsExactly("{a=\"1\"} 2.0@1000");
  }

  @Test
  void oneThatThrowsFailsItsQueryOnlyAndIsNamed() throws Exception {
    FunctionProvider broken =
        new Provider(
            "broken",
            () ->
                new Plus(0, 0) {
                  @Override
                  public void apply(double[] values, int from, int to, List<Double> scalars) {
                    throw new NoClassDefFoundError("com/example/Gone");
                  }
                });
    FunctionProvider endless =
        new Provider(
            "endless",
            () ->
                new Plus(0, 0) {
                  @Override
                  public void apply(double[] values, int from, int to, List<Double> scalars) {
                    if (from >= 0) {
                      apply(values, from, to, scalars);
                    }
                  }
                });
    Queries queries = queries(NEWEST, broken, endless);
    fails(
        queries,
        "1 + newest(m[1s])",
        "function \"newest\" failed: java.lang.IllegalStateException: unlucky");
    fails(
        queries,
        "sum(broken(m))",
        "function \"broken\" failed: java.lang.NoClassDefFoundError: com/example/Gone");
    fails(queries, "endless(m)", "function \"endless\" failed: java.lang.StackOverflowError");
    assertThatThrownBy(() -> queries.range(0, 3000, 1000, "newest(m[1s])"))
        .hasMessage("function \"newest\" failed: java.lang.IllegalStateException: unlucky");
    assertThat(queries.at(0, "newest(m[1s])")).containsExactly("{a=\"1\"} 1.0@0");
  }

  @Test
  void oneThatCannotSayWhatItIsCannotBeCalledAndHarmsNoOther() throws Exception {
    Queries queries =
        queries(
            new Provider("nothing", () -> null),
            new Provider(
                "thrown",
                () -> {
                  throw new UnsupportedOperationException("later");
                }),
            new Provider("negative", () -> new Plus(-1, 0)),
            PLUS);
    refuses(
        queries,
        "1 + nothing(m)",
        "1:5: parse error: function \"nothing\" cannot be used: java.lang.NullPointerException");
    refuses(
        queries,
        "thrown(m)",
        "1:1: parse error: function \"thrown\" cannot be used:"
            + " java.lang.UnsupportedOperationException: later");
    refuses(
        queries,
        "negative(m)",
        "1:1: parse error: function \"negative\" cannot be used:"
            + " java.lang.IllegalArgumentException: wants -1 scalar arguments, want 0 to 1000");
    assertThat(queries.at(0, "plus(m, 1)")).hasSize(1);
    assertThat(queries.engine.functions())
        .extracting(FunctionDescription::name)
        .contains("plus", "rate")
        .doesNotContain("nothing", "thrown", "negative");
  }

  @Test
  void comeAndGoWithTheirPlugins() throws Exception {
    FakeExtensions loaded = new FakeExtensions();
    Queries queries = new Queries(Engines.withLoaded(loaded));
    queries.load(1000, "m{a=\"1\"} 1");
    refuses(queries, "plus(m, 1)", "1:1: parse error: unknown function with name \"plus\"");
    loaded.come(PLUS);
    assertThat(queries.at(0, "plus(m, 1)")).containsExactly("{a=\"1\"} 2.0@0");
    loaded.go(PLUS);
    refuses(queries, "plus(m, 1)", "1:1: parse error: unknown function with name \"plus\"");
    assertThat(queries.engine.functions())
        .extracting(FunctionDescription::name)
        .doesNotContain("plus");
  }

  @Test
  void oneThatGoesOrChangesAfterParsingIsNamed() {
    FakeExtensions loaded = new FakeExtensions(PLUS);
    // The parser asks once, and the evaluation again.
    FunctionProvider[] own = new FunctionProvider[1];
    own[0] =
        new Provider(
            "going",
            () -> {
              loaded.go(own[0]);
              return new Plus(0, 0);
            });
    loaded.come(own[0]);
    Queries queries = new Queries(Engines.withLoaded(loaded));
    fails(queries, "going(m)", "function \"going\" failed: its plugin was stopped");
    int[] asked = new int[1];
    loaded.come(new Provider("changing", () -> new Plus(asked[0]++, 0)));
    fails(queries, "changing(m)", "function \"changing\" failed: its plugin was replaced");
  }

  @Test
  void areListedWithThoseOfTheLanguage() {
    List<FunctionDescription> functions = queries(PLUS, ANY, NEWEST).engine.functions();
    assertThat(functions).extracting(FunctionDescription::name).isSorted().doesNotHaveDuplicates();
    assertThat(functions)
        .contains(
            new FunctionDescription(
                "plus",
                List.of(ValueType.VECTOR, ValueType.SCALAR, ValueType.SCALAR),
                2,
                4,
                ValueType.VECTOR,
                "A sample.",
                false),
            new FunctionDescription(
                "plus_any",
                List.of(ValueType.VECTOR, ValueType.SCALAR),
                1,
                Integer.MAX_VALUE,
                ValueType.VECTOR,
                "A sample.",
                false),
            new FunctionDescription(
                "newest", List.of(ValueType.MATRIX), 1, 1, ValueType.VECTOR, "A sample.", false),
            new FunctionDescription(
                "round",
                List.of(ValueType.VECTOR, ValueType.SCALAR),
                1,
                2,
                ValueType.VECTOR,
                "",
                true),
            new FunctionDescription("pi", List.of(), 0, 0, ValueType.SCALAR, "", true));
  }

  @Test
  void namesOfTheLanguageAreItsOwn() {
    assertThat(PromqlParser.ownNames())
        .contains("rate", "info", "sum", "limitk", "bool", "nan", "fill_left", "start", "and")
        .doesNotContain("plus");
  }

  private static Queries queries(FunctionProvider... functions) {
    return new Queries(Engines.withFunctions(functions)).load(1000, "m{a=\"1\"} 1 2 13 0 5");
  }

  private static void refuses(Queries queries, String query, String message) {
    assertThatThrownBy(() -> queries.at(0, query))
        .isInstanceOfSatisfying(
            QueryException.class, e -> assertThat(e.kind()).isEqualTo(QueryException.Kind.BAD_DATA))
        .hasMessage(message);
  }

  private static void fails(Queries queries, String query, String message) {
    assertThatThrownBy(() -> queries.at(2000, query))
        .isInstanceOfSatisfying(
            QueryException.class,
            e -> assertThat(e.kind()).isEqualTo(QueryException.Kind.EXECUTION))
        .hasMessage(message);
  }

  private record Provider(String name, Supplier<FunctionProvider.Function> shape)
      implements FunctionProvider {
    @Override
    public String description() {
      return " A\nsample. ";
    }

    @Override
    public Function function() {
      return shape.get();
    }
  }

  private static class Plus implements FunctionProvider.PointFunction {
    private final int wanted;
    private final int more;

    Plus(int wanted, int more) {
      this.wanted = wanted;
      this.more = more;
    }

    @Override
    public int scalarArguments() {
      return wanted;
    }

    @Override
    public int optionalScalarArguments() {
      return more;
    }

    @Override
    public void apply(double[] values, int from, int to, List<Double> scalars) {
      for (int i = from; i < to; i++) {
        for (double scalar : scalars) {
          values[i] += scalar;
        }
      }
    }
  }

  private static final class Newest implements FunctionProvider.RangeFunction {
    @Override
    public int scalarArguments() {
      return 0;
    }

    @Override
    public double apply(
        SampleBatch window,
        int from,
        int to,
        long rangeStart,
        long rangeEnd,
        List<Double> scalars) {
      double newest = window.values[to - 1];
      if (newest == 13) {
        throw new IllegalStateException("unlucky");
      }
      return newest == 0 ? Double.longBitsToDouble(NO_VALUE) : newest;
    }
  }
}
