package io.narthex.query.promql.parse;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The kinds of tokens; those with a fixed text carry it. */
enum TokenType {
  EOF(Kind.END, "end of input"),
  /** A lexical error; the token's text is the message. */
  ERROR(Kind.END, "error"),

  IDENTIFIER(Kind.LITERAL, "identifier"),
  METRIC_IDENTIFIER(Kind.LITERAL, "metric identifier"),
  STRING(Kind.LITERAL, "string"),
  NUMBER(Kind.LITERAL, "number"),
  DURATION(Kind.LITERAL, "duration"),

  LEFT_PAREN(Kind.PUNCTUATION, "("),
  RIGHT_PAREN(Kind.PUNCTUATION, ")"),
  LEFT_BRACE(Kind.PUNCTUATION, "{"),
  RIGHT_BRACE(Kind.PUNCTUATION, "}"),
  LEFT_BRACKET(Kind.PUNCTUATION, "["),
  RIGHT_BRACKET(Kind.PUNCTUATION, "]"),
  COMMA(Kind.PUNCTUATION, ","),
  COLON(Kind.PUNCTUATION, ":"),
  EQL(Kind.PUNCTUATION, "="),

  // In the values of series alone.
  SPACE(Kind.PUNCTUATION, " "),
  TIMES(Kind.PUNCTUATION, "x"),
  BLANK(Kind.PUNCTUATION, "_"),
  /** A whole histogram, from the first brace to the last. */
  HISTOGRAM(Kind.PUNCTUATION, "{{"),

  ADD(Kind.OPERATOR, "+"),
  SUB(Kind.OPERATOR, "-"),
  MUL(Kind.OPERATOR, "*"),
  DIV(Kind.OPERATOR, "/"),
  MOD(Kind.OPERATOR, "%"),
  POW(Kind.OPERATOR, "^"),
  EQLC(Kind.OPERATOR, "=="),
  NEQ(Kind.OPERATOR, "!="),
  LTE(Kind.OPERATOR, "<="),
  LSS(Kind.OPERATOR, "<"),
  GTE(Kind.OPERATOR, ">="),
  GTR(Kind.OPERATOR, ">"),
  TRIM_UPPER(Kind.OPERATOR, "</"),
  TRIM_LOWER(Kind.OPERATOR, ">/"),
  EQL_REGEX(Kind.OPERATOR, "=~"),
  NEQ_REGEX(Kind.OPERATOR, "!~"),
  AT(Kind.OPERATOR, "@"),
  LAND(Kind.WORD_OPERATOR, "and"),
  LOR(Kind.WORD_OPERATOR, "or"),
  LUNLESS(Kind.WORD_OPERATOR, "unless"),
  ATAN2(Kind.WORD_OPERATOR, "atan2"),

  AVG(Kind.AGGREGATOR, "avg"),
  BOTTOMK(Kind.AGGREGATOR, "bottomk"),
  COUNT(Kind.AGGREGATOR, "count"),
  COUNT_VALUES(Kind.AGGREGATOR, "count_values"),
  GROUP(Kind.AGGREGATOR, "group"),
  LIMITK(Kind.AGGREGATOR, "limitk"),
  LIMIT_RATIO(Kind.AGGREGATOR, "limit_ratio"),
  MAX(Kind.AGGREGATOR, "max"),
  MIN(Kind.AGGREGATOR, "min"),
  QUANTILE(Kind.AGGREGATOR, "quantile"),
  STDDEV(Kind.AGGREGATOR, "stddev"),
  STDVAR(Kind.AGGREGATOR, "stdvar"),
  SUM(Kind.AGGREGATOR, "sum"),
  TOPK(Kind.AGGREGATOR, "topk"),

  ANCHORED(Kind.KEYWORD, "anchored"),
  BOOL(Kind.KEYWORD, "bool"),
  BY(Kind.KEYWORD, "by"),
  FILL(Kind.KEYWORD, "fill"),
  FILL_LEFT(Kind.KEYWORD, "fill_left"),
  FILL_RIGHT(Kind.KEYWORD, "fill_right"),
  GROUP_LEFT(Kind.KEYWORD, "group_left"),
  GROUP_RIGHT(Kind.KEYWORD, "group_right"),
  IGNORING(Kind.KEYWORD, "ignoring"),
  OFFSET(Kind.KEYWORD, "offset"),
  ON(Kind.KEYWORD, "on"),
  SMOOTHED(Kind.KEYWORD, "smoothed"),
  WITHOUT(Kind.KEYWORD, "without"),

  START(Kind.PREPROCESSOR, "start"),
  END(Kind.PREPROCESSOR, "end"),
  STEP(Kind.PREPROCESSOR, "step"),
  RANGE(Kind.PREPROCESSOR, "range"),
  MAX_OF(Kind.PREPROCESSOR, "max_of"),
  MIN_OF(Kind.PREPROCESSOR, "min_of");

  /** Groups of tokens that messages show alike. */
  enum Kind {
    END,
    LITERAL,
    PUNCTUATION,
    OPERATOR,
    WORD_OPERATOR,
    AGGREGATOR,
    KEYWORD,
    PREPROCESSOR
  }

  private static final Map<String, TokenType> WORDS = byWord();

  private final Kind kind;
  private final String text;

  TokenType(Kind kind, String text) {
    this.kind = kind;
    this.text = text;
  }

  Kind kind() {
    return kind;
  }

  /** The token as it is written, or for literals what to call it. */
  String text() {
    return text;
  }

  /** The type of a word with a meaning, given in lower case; null for any other. */
  static @Nullable TokenType ofWord(String lowerCase) {
    return WORDS.get(lowerCase);
  }

  /** The words with a meaning, in lower case. */
  static Set<String> words() {
    return WORDS.keySet();
  }

  /** Whether the token can be the name of a metric. */
  boolean isMetricName() {
    return switch (kind) {
      case AGGREGATOR, PREPROCESSOR -> true;
      case WORD_OPERATOR -> this != ATAN2;
      case KEYWORD ->
          switch (this) {
            case BOOL, GROUP_LEFT, GROUP_RIGHT, IGNORING, ON -> false;
            default -> true;
          };
      case LITERAL -> this == IDENTIFIER || this == METRIC_IDENTIFIER;
      case END, PUNCTUATION, OPERATOR -> false;
    };
  }

  /** Whether the token can be a label's name in a list of labels in parentheses. */
  boolean isLabelName() {
    return switch (kind) {
      case AGGREGATOR, PREPROCESSOR, WORD_OPERATOR -> true;
      case KEYWORD -> this != WITHOUT;
      case LITERAL -> this == IDENTIFIER || this == METRIC_IDENTIFIER;
      case END, PUNCTUATION, OPERATOR -> false;
    };
  }

  /** Whether a word can stand in a list of labels without quotes. */
  static boolean isLabelName(String word) {
    TokenType type = ofWord(word.toLowerCase(Locale.ROOT));
    return type == null || type.isLabelName();
  }

  /** Whether an expression can begin with the token. */
  boolean startsExpression() {
    return switch (this) {
      case NUMBER, DURATION, STRING, LEFT_PAREN, LEFT_BRACE, ADD, SUB -> true;
      default -> isMetricName();
    };
  }

  /** Whether the token is an operator between a label and its value. */
  boolean isMatchOperator() {
    return this == EQL || this == NEQ || this == EQL_REGEX || this == NEQ_REGEX;
  }

  private static Map<String, TokenType> byWord() {
    Map<String, TokenType> words = new HashMap<>();
    for (TokenType type : values()) {
      switch (type.kind) {
        case WORD_OPERATOR, AGGREGATOR, KEYWORD, PREPROCESSOR -> words.put(type.text, type);
        case END, LITERAL, PUNCTUATION, OPERATOR -> {}
      }
    }
    words.put("inf", NUMBER);
    words.put("nan", NUMBER);
    return Map.copyOf(words);
  }
}
