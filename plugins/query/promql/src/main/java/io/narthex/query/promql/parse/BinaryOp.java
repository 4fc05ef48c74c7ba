package io.narthex.query.promql.parse;

import org.jspecify.annotations.Nullable;

/** A binary operator. */
public enum BinaryOp {
  ADD("+", Kind.ARITHMETIC, 4),
  SUB("-", Kind.ARITHMETIC, 4),
  MUL("*", Kind.ARITHMETIC, 5),
  DIV("/", Kind.ARITHMETIC, 5),
  MOD("%", Kind.ARITHMETIC, 5),
  ATAN2("atan2", Kind.ARITHMETIC, 5),
  POW("^", Kind.ARITHMETIC, 6),
  EQL("==", Kind.COMPARISON, 3),
  NEQ("!=", Kind.COMPARISON, 3),
  GTR(">", Kind.COMPARISON, 3),
  LSS("<", Kind.COMPARISON, 3),
  GTE(">=", Kind.COMPARISON, 3),
  LTE("<=", Kind.COMPARISON, 3),
  /** Drops the part of native histograms above a bound: {@code histogram </ bound}. */
  TRIM_UPPER("</", Kind.TRIM, 3),
  /** Drops the part of native histograms below a bound: {@code histogram >/ bound}. */
  TRIM_LOWER(">/", Kind.TRIM, 3),
  AND("and", Kind.SET, 2),
  UNLESS("unless", Kind.SET, 2),
  OR("or", Kind.SET, 1);

  /** What a binary operator does with its operands. */
  public enum Kind {
    ARITHMETIC,
    COMPARISON,
    SET,
    TRIM
  }

  private final String text;
  private final Kind kind;
  private final int precedence;

  BinaryOp(String text, Kind kind, int precedence) {
    this.text = text;
    this.kind = kind;
    this.precedence = precedence;
  }

  /** The operator as it is written. */
  public String text() {
    return text;
  }

  public Kind kind() {
    return kind;
  }

  public boolean isComparison() {
    return kind == Kind.COMPARISON;
  }

  public boolean isSet() {
    return kind == Kind.SET;
  }

  /** A higher number binds tighter. */
  int precedence() {
    return precedence;
  }

  /** All operators but {@code ^} associate to the left. */
  boolean rightAssociative() {
    return this == POW;
  }

  /** The operator that a token is, or null. */
  static @Nullable BinaryOp of(TokenType type) {
    return switch (type) {
      case ADD -> ADD;
      case SUB -> SUB;
      case MUL -> MUL;
      case DIV -> DIV;
      case MOD -> MOD;
      case POW -> POW;
      case ATAN2 -> ATAN2;
      case EQLC -> EQL;
      case NEQ -> NEQ;
      case LTE -> LTE;
      case LSS -> LSS;
      case GTE -> GTE;
      case GTR -> GTR;
      case TRIM_UPPER -> TRIM_UPPER;
      case TRIM_LOWER -> TRIM_LOWER;
      case LAND -> AND;
      case LOR -> OR;
      case LUNLESS -> UNLESS;
      default -> null;
    };
  }
}
