package io.narthex.query.promql;

import io.narthex.query.promql.parse.AggregateExpr;
import io.narthex.query.promql.parse.BinaryExpr;
import io.narthex.query.promql.parse.Call;
import io.narthex.query.promql.parse.DurationExpr;
import io.narthex.query.promql.parse.Expr;
import io.narthex.query.promql.parse.MatrixSelector;
import io.narthex.query.promql.parse.NumberLiteral;
import io.narthex.query.promql.parse.ParenExpr;
import io.narthex.query.promql.parse.ParseException;
import io.narthex.query.promql.parse.ParserOptions;
import io.narthex.query.promql.parse.Printer;
import io.narthex.query.promql.parse.PromqlParser;
import io.narthex.query.promql.parse.StandardFunctions;
import io.narthex.query.promql.parse.StringLiteral;
import io.narthex.query.promql.parse.SubqueryExpr;
import io.narthex.query.promql.parse.TimeModifier;
import io.narthex.query.promql.parse.UnaryExpr;
import io.narthex.query.promql.parse.VectorSelector;
import java.util.Set;

/** Puts {@code @ time} on all selectors and subqueries of a query that have none. */
final class Pinning {
  private static final Set<String> TIME_FUNCTIONS =
      Set.of(
          "time",
          "timestamp",
          "predict_linear",
          "minute",
          "hour",
          "day_of_month",
          "day_of_week",
          "day_of_year",
          "days_in_month",
          "month",
          "year",
          "start",
          "end",
          "range",
          "step");

  private static final class TimeDependent extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private final TimeModifier.At at;

  private Pinning(long time) {
    at = new TimeModifier.At.Timestamp(time);
  }

  /** The new text; empty where the query looks at the evaluation time. */
  static String pin(String query, long time) throws ParseException {
    Expr expr = new PromqlParser(ParserOptions.ALL, new StandardFunctions()).parse(query);
    try {
      return Printer.print(new Pinning(time).pin(expr));
    } catch (TimeDependent e) {
      return "";
    }
  }

  private TimeModifier pin(TimeModifier time) {
    return time.at() != null ? time : new TimeModifier(time.offset(), time.offsetExpr(), at);
  }

  private Expr pin(Expr expr) {
    return switch (expr) {
      case VectorSelector e -> pin(e);
      case MatrixSelector e ->
          new MatrixSelector(pin(e.selector()), e.range(), e.rangeExpr(), e.position());
      case SubqueryExpr e -> {
        // What stands inside follows the subquery.
        check(e.expr());
        yield new SubqueryExpr(
            e.expr(),
            e.range(),
            e.rangeExpr(),
            e.step(),
            e.stepExpr(),
            pin(e.time()),
            e.position());
      }
      case AggregateExpr e ->
          new AggregateExpr(
              e.op(),
              pin(e.expr()),
              e.param() == null ? null : pin(e.param()),
              e.grouping(),
              e.without(),
              e.position());
      case BinaryExpr e ->
          new BinaryExpr(
              e.op(), pin(e.lhs()), pin(e.rhs()), e.matching(), e.returnBool(), e.position());
      case Call e -> {
        checkFunction(e);
        yield new Call(e.function(), e.args().stream().map(this::pin).toList(), e.position());
      }
      case ParenExpr e -> new ParenExpr(pin(e.expr()), e.position());
      case UnaryExpr e -> new UnaryExpr(e.negative(), pin(e.expr()), e.position());
      case DurationExpr _, NumberLiteral _, StringLiteral _ -> expr;
    };
  }

  private VectorSelector pin(VectorSelector e) {
    return new VectorSelector(
        e.name(), e.matchers(), pin(e.time()), e.mode(), e.mayMatchAll(), e.position());
  }

  private static void checkFunction(Call call) {
    if (TIME_FUNCTIONS.contains(call.function().name())) {
      throw new TimeDependent();
    }
  }

  private static void check(Expr expr) {
    if (expr instanceof Call call) {
      checkFunction(call);
    }
    expr.children().forEach(Pinning::check);
  }
}
