package io.narthex.query.promql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.query.QueryException;
import io.narthex.api.query.SyntaxValue;
import io.narthex.api.query.SyntaxView;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected trees have the keys and values of Prometheus's {@code translate_ast.go}. */
class SyntaxTest {
  private final SyntaxView engine = (SyntaxView) Engines.standard();

  /** Short enough to be compared: without quotes, and without what is empty, false or zero. */
  private static String text(SyntaxValue value) {
    return switch (value) {
      case SyntaxValue.Node node ->
          node.fields().entrySet().stream()
              .map(field -> Map.entry(field.getKey(), text(field.getValue())))
              .filter(field -> !field.getValue().matches("|false|0|\\[]|\\{}"))
              .map(field -> field.getKey() + "=" + field.getValue())
              .collect(Collectors.joining(" ", "{", "}"));
      case SyntaxValue.Items items ->
          items.items().stream().map(SyntaxTest::text).collect(Collectors.joining(" ", "[", "]"));
      case SyntaxValue.Text text -> text.text();
      case SyntaxValue.Whole whole -> Long.toString(whole.number());
      case SyntaxValue.Real real -> Double.toString(real.number());
      case SyntaxValue.Truth truth -> Boolean.toString(truth.truth());
      case SyntaxValue.Nothing nothing -> "";
    };
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          1e3 | {type=numberLiteral val=1000}
          'a b' | {type=stringLiteral val=a b}
          (m) | {expr={matchers=[{name=__name__ type== value=m}] name=m type=vectorSelector} \
          type=parenExpr}
          -{a=~"b"} offset -5m | {expr={matchers=[{name=a type==~ value=b}] offset=-300000 \
          type=vectorSelector} op=- type=unaryExpr}
          m[5m] @ 1.5 | {matchers=[{name=__name__ type== value=m}] name=m range=300000 \
          timestamp=1500 type=matrixSelector}
          m @ end() | {matchers=[{name=__name__ type== value=m}] name=m startOrEnd=end \
          type=vectorSelector}
          (m)[1h:10s] @ start() | {expr={expr={matchers=[{name=__name__ type== value=m}] \
          name=m type=vectorSelector} type=parenExpr} range=3600000 startOrEnd=start \
          step=10000 type=subquery}
          topk without (a) (2, {b=~"c"}) | {expr={matchers=[{name=b type==~ value=c}] \
          type=vectorSelector} grouping=[a] op=topk param={type=numberLiteral val=2} \
          type=aggregation without=true}
          {a="1"} >= bool on (x) group_left (y) {b="2"} | {bool=true \
          lhs={matchers=[{name=a type== value=1}] type=vectorSelector} \
          matching={card=many-to-one include=[y] labels=[x] on=true} op=>= \
          rhs={matchers=[{name=b type== value=2}] type=vectorSelector} type=binaryExpr}
          1 + 2 | {lhs={type=numberLiteral val=1} op=+ rhs={type=numberLiteral val=2} \
          type=binaryExpr}
          round(vector(1)) | {args=[{args=[{type=numberLiteral val=1}] \
          func={argTypes=[scalar] name=vector returnType=vector} type=call}] func={argTypes=[vector scalar] name=round returnType=vector variadic=1} type=call}
          """)
  void hasTheNamesOfPrometheus(String query, String tree) throws Exception {
    assertThat(text(engine.syntax(query))).isEqualTo(tree);
  }

  @Test
  void tellsEveryField() throws Exception {
    assertThat(((SyntaxValue.Node) engine.syntax("m[5m]")).fields())
        .containsOnlyKeys(
            "anchored",
            "matchers",
            "name",
            "offset",
            "offsetExpr",
            "range",
            "rangeExpr",
            "smoothed",
            "startOrEnd",
            "timestamp",
            "type");
    assertThat(((SyntaxValue.Node) engine.syntax("m[5m:]")).fields())
        .containsOnlyKeys(
            "expr",
            "offset",
            "offsetExpr",
            "range",
            "rangeExpr",
            "startOrEnd",
            "step",
            "stepExpr",
            "timestamp",
            "type");
  }

  @Test
  void showsLongChains() throws Exception {
    SyntaxValue tree = engine.syntax("1" + "+1".repeat(2_000));
    int depth = 0;
    while (tree instanceof SyntaxValue.Node node && node.fields().containsKey("lhs")) {
      tree = node.fields().get("lhs");
      depth++;
    }
    assertThat(depth).isEqualTo(2_000);
  }

  @Test
  void saysWhatIsWrong() {
    assertThatThrownBy(() -> engine.syntax("1 +"))
        .isInstanceOf(QueryException.class)
        .hasMessage("1:4: parse error: unexpected end of input");
  }
}
