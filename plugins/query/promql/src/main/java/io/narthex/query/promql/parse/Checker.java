package io.narthex.query.promql.parse;

import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.Quoting;
import io.narthex.query.promql.parse.ParseException.ParseError;
import io.narthex.query.promql.parse.VectorMatching.Cardinality;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks types and the rules that need them, and settles what depends on types: how the elements of
 * binary operations are matched, and which selectors may match everything.
 */
final class Checker {
  private final Lexer source;
  private final List<ParseError> errors;

  /** Type of the expression that was checked last. Kept here so that no node is typed twice. */
  private ValueType type = ValueType.NONE;

  Checker(Lexer source, List<ParseError> errors) {
    this.source = source;
    this.errors = errors;
  }

  /** The checked tree; worth something only if there are no errors. */
  Expr check(Expr expr) {
    return switch (expr) {
      case AggregateExpr e -> aggregate(e);
      case BinaryExpr e -> binary(e);
      case Call e -> call(e);
      case MatrixSelector e -> {
        vector(e.selector());
        type = ValueType.MATRIX;
        yield e;
      }
      case ParenExpr e -> new ParenExpr(check(e.expr()), e.position());
      case SubqueryExpr e -> subquery(e);
      case UnaryExpr e -> unary(e);
      case VectorSelector e -> {
        vector(e);
        type = ValueType.VECTOR;
        yield e;
      }
      case NumberLiteral e -> typed(e, ValueType.SCALAR);
      case DurationExpr e -> typed(e, ValueType.SCALAR);
      case StringLiteral e -> typed(e, ValueType.STRING);
    };
  }

  private Expr typed(Expr expr, ValueType exprType) {
    type = exprType;
    return expr;
  }

  private Expr expect(Expr expr, ValueType wanted, String where) {
    Expr checked = check(expr);
    if (type != wanted) {
      wrongType(expr.position(), wanted, where, type);
    }
    return checked;
  }

  private void wrongType(PositionRange position, ValueType want, String where, ValueType got) {
    error(
        position,
        "expected type "
            + want.documentedName()
            + " in "
            + where
            + ", got "
            + got.documentedName());
  }

  private Expr aggregate(AggregateExpr e) {
    Expr expr = expect(e.expr(), ValueType.VECTOR, "aggregation expression");
    Expr param = e.param();
    if (param != null) {
      param =
          expect(
              param,
              e.op().stringParam() ? ValueType.STRING : ValueType.SCALAR,
              "aggregation parameter");
    }
    type = ValueType.VECTOR;
    return new AggregateExpr(e.op(), expr, param, e.grouping(), e.without(), e.position());
  }

  private Expr binary(BinaryExpr e) {
    Expr lhs = check(e.lhs());
    ValueType left = type;
    Expr rhs = check(e.rhs());
    ValueType right = type;
    BinaryOp op = e.op();
    String quotedOp = Quoting.quote(op.text());

    if (e.returnBool() && !op.isComparison()) {
      error(operator(e), "bool modifier can only be used on comparison operators");
    }
    if (op.isComparison()
        && !e.returnBool()
        && left == ValueType.SCALAR
        && right == ValueType.SCALAR) {
      error(operator(e), "comparisons between scalars must use BOOL modifier");
    }
    VectorMatching matching = e.matching();
    if (matching != null && matching.on()) {
      for (String label : matching.labels()) {
        for (String included : matching.include()) {
          if (label.equals(included)) {
            error(
                operator(e),
                "label " + Quoting.quote(label) + " must not occur in ON and GROUP clause at once");
          }
        }
      }
    }
    requireScalarOrVector(left, e.lhs());
    requireScalarOrVector(right, e.rhs());
    matching = matching(e, matching, left == ValueType.VECTOR && right == ValueType.VECTOR);
    if (op.isSet() && (left == ValueType.SCALAR || right == ValueType.SCALAR)) {
      error(e.position(), "set operator " + quotedOp + " not allowed in binary scalar expression");
    }
    type =
        left == ValueType.SCALAR && right == ValueType.SCALAR ? ValueType.SCALAR : ValueType.VECTOR;
    return new BinaryExpr(op, lhs, rhs, matching, e.returnBool(), e.position());
  }

  private void requireScalarOrVector(ValueType operandType, Expr operand) {
    if (operandType != ValueType.SCALAR && operandType != ValueType.VECTOR) {
      error(
          operand.position(),
          "binary expression must contain only scalar and instant vector types");
    }
  }

  private @Nullable VectorMatching matching(
      BinaryExpr e, @Nullable VectorMatching matching, boolean vectors) {
    if (matching == null) {
      return null;
    }
    if (!vectors) {
      if (!matching.labels().isEmpty()) {
        error(e.position(), "vector matching only allowed between instant vectors");
      }
      if (matching.fills()) {
        error(e.position(), "filling in missing series only allowed between instant vectors");
      }
      return null;
    }
    if (!e.op().isSet()) {
      return matching;
    }
    if (matching.cardinality() != Cardinality.ONE_TO_ONE) {
      error(e.position(), "no grouping allowed for " + Quoting.quote(e.op().text()) + " operation");
      error(e.position(), "set operations must always be many-to-many");
    }
    if (matching.fills()) {
      error(e.position(), "filling in missing series not allowed for set operators");
    }
    return new VectorMatching(
        Cardinality.MANY_TO_MANY,
        matching.labels(),
        matching.on(),
        matching.include(),
        matching.fillLeft(),
        matching.fillRight());
  }

  /** The text between the operands, without blanks around it. */
  private PositionRange operator(BinaryExpr e) {
    int start = e.lhs().position().end();
    int end = e.rhs().position().start() - 1;
    while (start < source.length() && Lexer.isBlank(source.byteAt(start))) {
      start++;
    }
    while (end > start && Lexer.isBlank(source.byteAt(end))) {
      end--;
    }
    return new PositionRange(start, end);
  }

  private Expr call(Call e) {
    FunctionSignature function = e.function();
    String name = Quoting.quote(function.name());
    int wanted = function.argTypes().size();
    int got = e.args().size();
    String countProblem = null;
    if (function.variadic() == 0) {
      if (got != wanted) {
        countProblem = "expected " + wanted;
      }
    } else if (got < wanted - 1) {
      countProblem = "expected at least " + (wanted - 1);
    } else if (function.variadic() > 0 && got > wanted - 1 + function.variadic()) {
      countProblem = "expected at most " + (wanted - 1 + function.variadic());
    }
    if (countProblem != null) {
      error(e.position(), countProblem + " argument(s) in call to " + name + ", got " + got);
    }
    String where = "call to function " + name;
    List<Expr> args = new ArrayList<>(e.args());
    if (function.name().equals("info") && got > 1) {
      args.set(1, infoSelector(e, where));
    }
    for (int i = 0; i < got; i++) {
      if (i >= wanted && function.variadic() == 0) {
        // Too many; their types do not matter.
        break;
      }
      ValueType want = function.argTypes().get(Math.min(i, wanted - 1));
      args.set(i, expect(args.get(i), want, where));
    }
    type = function.returnType();
    return new Call(function, args, e.position());
  }

  /** The second argument of {@code info}, which is no value but a choice of labels. */
  private Expr infoSelector(Call e, String where) {
    Expr arg = e.args().get(1);
    ValueType argType = arg.type();
    if (argType != ValueType.VECTOR) {
      wrongType(e.position(), ValueType.VECTOR, where, argType);
    }
    if (!(arg instanceof VectorSelector selector)) {
      error(arg.position(), "expected label selectors only");
      return arg;
    }
    if (!selector.name().isEmpty()) {
      error(arg.position(), "expected label selectors only, got vector selector instead");
      return arg;
    }
    return selector.allowedToMatchAll();
  }

  private Expr subquery(SubqueryExpr e) {
    Expr expr = check(e.expr());
    if (type != ValueType.VECTOR) {
      error(
          e.position(),
          "subquery is only allowed on instant vector, got " + type.apiName() + " instead");
    }
    type = ValueType.MATRIX;
    return new SubqueryExpr(
        expr, e.range(), e.rangeExpr(), e.step(), e.stepExpr(), e.time(), e.position());
  }

  private Expr unary(UnaryExpr e) {
    Expr expr = check(e.expr());
    if (type != ValueType.SCALAR && type != ValueType.VECTOR) {
      error(
          e.position(),
          "unary expression only allowed on expressions of type scalar or instant vector, got "
              + Quoting.quote(type.documentedName()));
    }
    return new UnaryExpr(e.negative(), expr, e.position());
  }

  private void vector(VectorSelector e) {
    if (!e.name().isEmpty()) {
      // The last matcher is the one for the name.
      for (Matcher matcher : e.matchers().subList(0, e.matchers().size() - 1)) {
        if (matcher.name().equals(LabelNames.METRIC_NAME)) {
          error(
              e.position(),
              "metric name must not be set twice: "
                  + Quoting.quote(e.name())
                  + " or "
                  + Quoting.quote(matcher.value()));
        }
      }
      return;
    }
    if (e.mayMatchAll()) {
      return;
    }
    for (Matcher matcher : e.matchers()) {
      if (!matcher.matchesEmpty()) {
        return;
      }
    }
    error(e.position(), "vector selector must contain at least one non-empty matcher");
  }

  private void error(PositionRange position, String message) {
    errors.add(new ParseError(position, message));
  }
}
