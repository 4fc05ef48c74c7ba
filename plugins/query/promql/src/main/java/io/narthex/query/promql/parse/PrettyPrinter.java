package io.narthex.query.promql.parse;

import java.nio.charset.StandardCharsets;
import java.util.Iterator;

/**
 * Writes expressions over several lines: what fits into a line of 100 bytes stands on one, the rest
 * is broken at its operators and parentheses and indented by its depth.
 */
public final class PrettyPrinter {
  private static final int LINE_BYTES = 100;
  private static final String INDENT = "  ";

  private final StringBuilder out = new StringBuilder();

  private PrettyPrinter() {}

  /** The text of {@code expr}, without a line feed at its end. */
  public static String print(Expr expr) {
    PrettyPrinter printer = new PrettyPrinter();
    printer.write(expr, 0);
    return printer.out.toString();
  }

  /** Writes {@code expr} at the start of a line, indented by {@code level}. */
  private void write(Expr expr, int level) {
    switch (expr) {
      case AggregateExpr e -> {
        if (fitsLine(e, level)) {
          return;
        }
        indent(level).append(Printer.aggregation(e)).append("(\n");
        if (e.param() != null) {
          write(e.param(), level + 1);
          out.append(",\n");
        }
        write(e.expr(), level + 1);
        closeParen(level);
      }
      case BinaryExpr e -> {
        if (fitsLine(e, level)) {
          return;
        }
        write(e.lhs(), level + 1);
        out.append('\n');
        indent(level).append(Printer.operator(e)).append('\n');
        write(e.rhs(), level + 1);
      }
      case Call e -> {
        if (fitsLine(e, level)) {
          return;
        }
        indent(level).append(e.function().name()).append("(\n");
        for (Iterator<Expr> args = e.args().iterator(); args.hasNext(); ) {
          write(args.next(), level + 1);
          if (args.hasNext()) {
            out.append(",\n");
          }
        }
        closeParen(level);
      }
      case ParenExpr e -> {
        if (fitsLine(e, level)) {
          return;
        }
        indent(level).append("(\n");
        write(e.expr(), level + 1);
        closeParen(level);
      }
      case SubqueryExpr e -> {
        // Not indented where it fits: Prometheus's own output, which users compare with.
        if (fitsLine(e, 0)) {
          return;
        }
        write(e.expr(), level);
        out.append(Printer.subquerySuffix(e));
      }
      case UnaryExpr e -> {
        indent(level).append(e.negative() ? '-' : '+');
        int operand = out.length();
        write(e.expr(), level);
        // The sign takes over the indentation of its operand.
        int text = operand;
        while (text < out.length() && out.charAt(text) == ' ') {
          text++;
        }
        out.delete(operand, text);
      }
      case DurationExpr _, MatrixSelector _, NumberLiteral _, StringLiteral _, VectorSelector _ ->
          indent(level).append(Printer.print(expr));
    }
  }

  /** Writes {@code expr} if it fits a line, whatever its indentation; otherwise nothing. */
  private boolean fitsLine(Expr expr, int level) {
    String text = Printer.printUpTo(expr, LINE_BYTES);
    if (text.getBytes(StandardCharsets.UTF_8).length > LINE_BYTES) {
      return false;
    }
    indent(level).append(text);
    return true;
  }

  private void closeParen(int level) {
    out.append('\n');
    indent(level).append(')');
  }

  private StringBuilder indent(int level) {
    return out.repeat(INDENT, level);
  }
}
