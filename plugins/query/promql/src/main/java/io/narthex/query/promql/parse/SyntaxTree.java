package io.narthex.query.promql.parse;

import io.narthex.api.model.Matcher;
import io.narthex.api.query.SyntaxValue;
import io.narthex.api.query.SyntaxValue.Items;
import io.narthex.api.query.SyntaxValue.Node;
import io.narthex.api.query.SyntaxValue.Nothing;
import io.narthex.api.query.SyntaxValue.Real;
import io.narthex.api.query.SyntaxValue.Text;
import io.narthex.api.query.SyntaxValue.Truth;
import io.narthex.api.query.SyntaxValue.Whole;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Syntax trees under the names of Prometheus's {@code parse_query}. Source: Prometheus 3.14, {@code
 * web/api/v1/translate_ast.go}.
 */
public final class SyntaxTree {
  private SyntaxTree() {}

  /** The tree of {@code expr}. Recurses as deep as it is. */
  public static SyntaxValue of(Expr expr) {
    return switch (expr) {
      case AggregateExpr e ->
          node(
              "aggregation",
              Map.of(
                  "op",
                  new Text(e.op().text()),
                  "expr",
                  of(e.expr()),
                  "param",
                  e.param() == null ? Nothing.NOTHING : of(e.param()),
                  "grouping",
                  texts(e.grouping()),
                  "without",
                  new Truth(e.without())));
      case BinaryExpr e ->
          node(
              "binaryExpr",
              Map.of(
                  "op",
                  new Text(e.op().text()),
                  "lhs",
                  of(e.lhs()),
                  "rhs",
                  of(e.rhs()),
                  "matching",
                  e.matching() == null ? Nothing.NOTHING : matching(e.matching()),
                  "bool",
                  new Truth(e.returnBool())));
      case Call e ->
          node(
              "call",
              Map.of(
                  "func",
                  function(e.function()),
                  "args",
                  new Items(e.args().stream().map(SyntaxTree::of).toList())));
      case DurationExpr e -> duration(e);
      case MatrixSelector e -> {
        Map<String, SyntaxValue> fields = selector(e.selector());
        fields.put("range", new Whole(e.range().toMillis()));
        fields.put("rangeExpr", duration(e.rangeExpr()));
        yield node("matrixSelector", fields);
      }
      case NumberLiteral e ->
          node("numberLiteral", Map.of("val", new Text(NumberText.plain(e.value()))));
      case ParenExpr e -> node("parenExpr", Map.of("expr", of(e.expr())));
      case StringLiteral e -> node("stringLiteral", Map.of("val", new Text(e.value())));
      case SubqueryExpr e -> {
        Map<String, SyntaxValue> fields = time(e.time());
        fields.put("expr", of(e.expr()));
        fields.put("range", new Whole(e.range().toMillis()));
        fields.put("rangeExpr", duration(e.rangeExpr()));
        fields.put("step", new Whole(e.step().toMillis()));
        fields.put("stepExpr", duration(e.stepExpr()));
        yield node("subquery", fields);
      }
      case UnaryExpr e ->
          node("unaryExpr", Map.of("op", new Text(e.negative() ? "-" : "+"), "expr", of(e.expr())));
      case VectorSelector e -> node("vectorSelector", selector(e));
    };
  }

  private static Node node(String type, Map<String, SyntaxValue> fields) {
    Map<String, SyntaxValue> all = new HashMap<>(fields);
    all.put("type", new Text(type));
    return Node.of(all);
  }

  private static Items texts(List<String> texts) {
    return new Items(texts.stream().<SyntaxValue>map(Text::new).toList());
  }

  private static Node matching(VectorMatching matching) {
    return Node.of(
        Map.of(
            "card",
            new Text(matching.cardinality().text()),
            "labels",
            texts(matching.labels()),
            "on",
            new Truth(matching.on()),
            "include",
            texts(matching.include()),
            "fillValues",
            Node.of(Map.of("lhs", fill(matching.fillLeft()), "rhs", fill(matching.fillRight())))));
  }

  private static SyntaxValue fill(@Nullable Double value) {
    return value == null ? Nothing.NOTHING : new Real(value);
  }

  private static Node function(FunctionSignature function) {
    return Node.of(
        Map.of(
            "name",
            new Text(function.name()),
            "argTypes",
            texts(function.argTypes().stream().map(ValueType::apiName).toList()),
            "variadic",
            new Whole(function.variadic()),
            "returnType",
            new Text(function.returnType().apiName())));
  }

  private static Map<String, SyntaxValue> selector(VectorSelector selector) {
    Map<String, SyntaxValue> fields = time(selector.time());
    fields.put("name", new Text(selector.name()));
    fields.put(
        "matchers",
        new Items(selector.matchers().stream().<SyntaxValue>map(SyntaxTree::matcher).toList()));
    fields.put("anchored", new Truth(selector.mode() == VectorSelector.Mode.ANCHORED));
    fields.put("smoothed", new Truth(selector.mode() == VectorSelector.Mode.SMOOTHED));
    return fields;
  }

  private static Node matcher(Matcher matcher) {
    return Node.of(
        Map.of(
            "name",
            new Text(matcher.name()),
            "value",
            new Text(matcher.value()),
            "type",
            new Text(matcher.type().operator())));
  }

  private static Map<String, SyntaxValue> time(TimeModifier time) {
    Map<String, SyntaxValue> fields = new HashMap<>();
    fields.put("offset", new Whole(time.offset().toMillis()));
    fields.put("offsetExpr", duration(time.offsetExpr()));
    fields.put(
        "timestamp",
        time.at() instanceof TimeModifier.At.Timestamp at
            ? new Whole(at.millis())
            : Nothing.NOTHING);
    fields.put(
        "startOrEnd",
        time.at() instanceof TimeModifier.At.Bound bound
            ? new Text(bound.name().toLowerCase(Locale.ROOT))
            : Nothing.NOTHING);
    return fields;
  }

  /** An operand of duration arithmetic; a number in it says whether it is a duration. */
  private static SyntaxValue duration(@Nullable Expr expr) {
    return switch (expr) {
      case null -> Nothing.NOTHING;
      case DurationExpr e ->
          node(
              "durationExpr",
              Map.of(
                  "op",
                  new Text(e.op().text()),
                  "lhs",
                  duration(e.lhs()),
                  "rhs",
                  duration(e.rhs()),
                  "wrapped",
                  new Truth(e.wrapped())));
      case NumberLiteral e ->
          node(
              "numberLiteral",
              Map.of(
                  "val",
                  new Text(NumberText.plain(e.value())),
                  "duration",
                  new Truth(e.duration())));
      default -> of(expr);
    };
  }
}
