package io.narthex.query.promql.parse;

import java.util.List;

/** A function call, with a number and types of arguments that fit the signature. */
public record Call(FunctionSignature function, List<Expr> args, PositionRange position)
    implements Expr {

  public Call {
    args = List.copyOf(args);
  }

  @Override
  public ValueType type() {
    return function.returnType();
  }

  @Override
  public String toString() {
    return Printer.print(this);
  }
}
