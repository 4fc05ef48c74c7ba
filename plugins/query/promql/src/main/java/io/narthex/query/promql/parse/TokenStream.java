package io.narthex.query.promql.parse;

import io.narthex.query.promql.parse.ParseException.ParseError;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a query as its parser takes them, the errors found so far, and how deep the parser
 * is.
 *
 * <p>Prometheus's grammar is made for an LALR(1) generator, and two habits of such parsers show in
 * its messages, so they are kept here. The next token is read only when it decides something
 * ({@link #peek()} is lazy): otherwise a bad character behind a construct would be reported before
 * what is wrong with the construct. And a syntax error is reported by the innermost construct
 * around it that has something to say ({@link Context}), which may be far out.
 */
final class TokenStream {

  /** What to say of an unexpected token. */
  record Context(String construct, String expected) {
    private static final String DURATION_WANTED = "number, duration, step(), or range()";

    static final Context NONE = new Context("", "");
    static final Context AGGREGATION = new Context("aggregation", "");
    static final Context OFFSET = new Context("offset", DURATION_WANTED);
    static final Context AT = new Context("@", "timestamp");
    static final Context RANGE = new Context("subquery or range selector", DURATION_WANTED);
    static final Context RANGE_END = new Context("subquery or range", "\":\" or \"]\"");
    static final Context STEP =
        new Context("subquery selector", "number, duration, step(), range(), or \"]\"");
    static final Context STEP_END = new Context("subquery selector", "\"]\"");
    static final Context LABELS = new Context("grouping opts", "\"(\"");
    static final Context LABEL = new Context("grouping opts", "label");
    static final Context LABEL_END = new Context("grouping opts", "\",\" or \")\"");
    static final Context VALUES = new Context("series values", "");
    static final Context VALUE = new Context("series values", "number or \"stale\"");
    static final Context SERIES_LABEL = new Context("label set", "identifier or \"}\"");
    static final Context SERIES_LABEL_END = new Context("label set", "\",\" or \"}\"");
    static final Context SERIES_EQUAL = new Context("label set", "\"=\"");
    static final Context SERIES_VALUE = new Context("label set", "string");
    static final Context MATCHER = new Context("label matching", "identifier or \"}\"");
    static final Context MATCHER_END = new Context("label matching", "\",\" or \"}\"");
    static final Context MATCH_OPERATOR = new Context("label matching", "label matching operator");
    static final Context MATCH_VALUE = new Context("label matching", "string");
  }

  /** Ends the run; the errors are in {@link #errors()}. */
  static final class Abort extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Abort() {
      super(null, null, false, false);
    }
  }

  private final Lexer lexer;
  private final int maxDepth;
  private final List<ParseError> errors = new ArrayList<>();

  private @Nullable Token lookahead;
  private Context context = Context.NONE;
  private int lastClosing;
  private int depth;
  private int height;

  TokenStream(Lexer lexer, int maxDepth) {
    this.lexer = lexer;
    this.maxDepth = maxDepth;
  }

  Lexer lexer() {
    return lexer;
  }

  /** The errors found so far, growing. */
  List<ParseError> errors() {
    return errors;
  }

  Context context() {
    return context;
  }

  /** End of the last closing bracket or number read; where many constructs are said to end. */
  int lastClosing() {
    return lastClosing;
  }

  /** Height of the tree that was parsed last. */
  int height() {
    return height;
  }

  void setHeight(int newHeight) {
    height = newHeight;
  }

  /** Closes a construct. */
  void ascend() {
    depth--;
  }

  /** The next token, read only now if it has not been. */
  Token peek() {
    Token token = lookahead;
    if (token == null) {
      token = lexer.next();
      switch (token.type()) {
        case ERROR -> throw abort(token.position(), token.text());
        case RIGHT_BRACE, RIGHT_PAREN, RIGHT_BRACKET, DURATION, NUMBER -> lastClosing = token.end();
        default -> {}
      }
      lookahead = token;
    }
    return token;
  }

  /** Whether the next token is of the type. */
  boolean at(TokenType type) {
    return peek().type() == type;
  }

  Token take() {
    Token token = peek();
    lookahead = null;
    return token;
  }

  /** Takes a token that must be of the type. */
  Token take(TokenType type) {
    if (!at(type)) {
      throw unexpected();
    }
    return take();
  }

  /** Takes the next token if it is of the type. */
  boolean accept(TokenType type) {
    if (at(type)) {
      lookahead = null;
      return true;
    }
    return false;
  }

  /** The next token can not stand where it does; to be thrown. */
  Abort unexpected() {
    return unexpected(peek());
  }

  /** As {@link #unexpected()}, of a token that was taken. */
  Abort unexpected(Token token) {
    StringBuilder message = new StringBuilder("unexpected ").append(token.describe());
    if (!context.construct().isEmpty()) {
      message.append(" in ").append(context.construct());
    }
    if (!context.expected().isEmpty()) {
      message.append(", expected ").append(context.expected());
    }
    return abort(token.position(), message.toString());
  }

  /** Records an error after which parsing cannot go on; to be thrown. */
  Abort abort(PositionRange position, String message) {
    error(position, message);
    return new Abort();
  }

  /** Records an error after which parsing goes on. */
  void error(PositionRange position, String message) {
    errors.add(new ParseError(position, message));
  }

  /** Sets what is said of unexpected tokens; gives what was said before. */
  Context enter(Context inner) {
    Context outer = context;
    context = inner;
    return outer;
  }

  /** Opens a construct. */
  void descend() {
    if (++depth > maxDepth) {
      throw tooDeep();
    }
  }

  /** Sets the height of the tree that was parsed last, which may be too much. */
  void grow(int newHeight) {
    height = newHeight;
    if (height > maxDepth) {
      throw tooDeep();
    }
  }

  private Abort tooDeep() {
    return abort(
        peek().position(), ParseException.TOO_DEEP + ": want at most " + maxDepth + " levels");
  }

  /**
   * The end of an aggregation that had to look at the next token to see that it ends. If that token
   * is a parenthesis, {@link #lastClosing} is already behind it, so the parenthesis before is
   * looked for.
   */
  int endBehindLookahead() {
    int next = lexer.lastStart();
    if (next <= 0 || next >= lexer.length() || lexer.byteAt(next) != ')') {
      return lastClosing;
    }
    for (int i = next - 1; i > 0; i--) {
      if (lexer.byteAt(i) == ')') {
        return i + 1;
      }
      if (!Lexer.isBlank(lexer.byteAt(i))) {
        break;
      }
    }
    return lastClosing;
  }
}
