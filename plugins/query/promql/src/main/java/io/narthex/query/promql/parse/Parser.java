package io.narthex.query.promql.parse;

import static io.narthex.query.promql.parse.TokenType.ADD;
import static io.narthex.query.promql.parse.TokenType.COLON;
import static io.narthex.query.promql.parse.TokenType.COMMA;
import static io.narthex.query.promql.parse.TokenType.EOF;
import static io.narthex.query.promql.parse.TokenType.LEFT_BRACE;
import static io.narthex.query.promql.parse.TokenType.LEFT_PAREN;
import static io.narthex.query.promql.parse.TokenType.RIGHT_BRACE;
import static io.narthex.query.promql.parse.TokenType.RIGHT_BRACKET;
import static io.narthex.query.promql.parse.TokenType.RIGHT_PAREN;
import static io.narthex.query.promql.parse.TokenType.STRING;
import static io.narthex.query.promql.parse.TokenType.SUB;

import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.Quoting;
import io.narthex.query.promql.parse.ParseException.ParseError;
import io.narthex.query.promql.parse.VectorMatching.Cardinality;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One run of the parser over one query: recursive descent, with precedence climbing for binary
 * operators.
 *
 * <p>Prometheus's grammar is made for an LALR(1) generator, and two habits of such parsers show in
 * its messages, so they are kept here. The next token is read only when it decides something
 * ({@link #peek()} is lazy): otherwise a bad character behind a construct would be reported before
 * what is wrong with the construct. And a syntax error is reported by the innermost construct
 * around it that has something to say ({@link Context}), which may be far out.
 *
 * <p>The first syntax error ends the run. Errors of meaning are collected; types are checked only
 * if there is none.
 */
final class Parser {
  private static final String DURATION_WANTED = "number, duration, step(), or range()";
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double MAX_DURATION_SECONDS = 0x1p63 / NANOS_PER_SECOND;
  private static final PositionRange NOWHERE = new PositionRange(0, 0);

  /** What to say of an unexpected token. */
  private record Context(String construct, String expected) {
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
    static final Context MATCHER = new Context("label matching", "identifier or \"}\"");
    static final Context MATCHER_END = new Context("label matching", "\",\" or \"}\"");
    static final Context MATCH_OPERATOR = new Context("label matching", "label matching operator");
    static final Context MATCH_VALUE = new Context("label matching", "string");
  }

  /** Ends the run; the errors are in {@link #errors}. */
  private static final class Abort extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Abort() {
      super(null, null, false, false);
    }
  }

  private final String query;
  private final ParserOptions options;
  private final FunctionLookup functions;
  private final Lexer lexer;
  private final List<ParseError> errors = new ArrayList<>();

  private @Nullable Token lookahead;
  private Context context = Context.NONE;

  /** End of the last closing bracket or number read; where many constructs are said to end. */
  private int lastClosing;

  /** How many constructs are open. */
  private int depth;

  /** Height of the tree that was parsed last. */
  private int height;

  Parser(String query, byte[] utf8, ParserOptions options, FunctionLookup functions) {
    this.query = query;
    this.options = options;
    this.functions = functions;
    this.lexer = new Lexer(utf8);
  }

  Expr parseQuery() throws ParseException {
    try {
      if (peek().type() == EOF) {
        throw abort(NOWHERE, "no expression found in input");
      }
      Expr expr = expression();
      if (peek().type() != EOF) {
        throw unexpected();
      }
      if (errors.isEmpty()) {
        Checker checker = new Checker(lexer, errors);
        expr = checker.check(expr);
      }
      if (errors.isEmpty()) {
        return expr;
      }
    } catch (Abort _) {
      // Reported below.
    }
    throw new ParseException(query, errors);
  }

  List<Matcher> parseSelector() throws ParseException {
    try {
      Token token = peek();
      VectorSelector selector;
      if (token.type() == LEFT_BRACE) {
        selector = vectorSelector(null);
      } else if (token.type().isMetricName()) {
        selector = vectorSelector(take());
      } else {
        throw unexpected();
      }
      if (peek().type() != EOF) {
        throw unexpected();
      }
      if (errors.isEmpty()) {
        return selector.matchers();
      }
    } catch (Abort _) {
      // Reported below.
    }
    throw new ParseException(query, errors);
  }

  // Tokens and errors.

  private Token peek() {
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

  private boolean at(TokenType type) {
    return peek().type() == type;
  }

  private Token take() {
    Token token = peek();
    lookahead = null;
    return token;
  }

  private Token take(TokenType type) {
    if (!at(type)) {
      throw unexpected();
    }
    return take();
  }

  private boolean accept(TokenType type) {
    if (at(type)) {
      lookahead = null;
      return true;
    }
    return false;
  }

  private Abort unexpected() {
    Token token = peek();
    StringBuilder message = new StringBuilder("unexpected ").append(token.describe());
    if (!context.construct().isEmpty()) {
      message.append(" in ").append(context.construct());
    }
    if (!context.expected().isEmpty()) {
      message.append(", expected ").append(context.expected());
    }
    return abort(token.position(), message.toString());
  }

  private Abort abort(PositionRange position, String message) {
    error(position, message);
    return new Abort();
  }

  private void error(PositionRange position, String message) {
    errors.add(new ParseError(position, message));
  }

  private Context enter(Context inner) {
    Context outer = context;
    context = inner;
    return outer;
  }

  private void descend() {
    if (++depth > options.maxDepth()) {
      throw tooDeep();
    }
  }

  private void grow(int newHeight) {
    height = newHeight;
    if (height > options.maxDepth()) {
      throw tooDeep();
    }
  }

  private Abort tooDeep() {
    return abort(
        peek().position(),
        "expression is nested too deeply: want at most " + options.maxDepth() + " levels");
  }

  // Expressions.

  private Expr expression() {
    return binary(1);
  }

  /** An expression of operators that bind at least as tight as {@code minPrecedence}. */
  private Expr binary(int minPrecedence) {
    descend();
    Expr lhs = unary();
    while (true) {
      BinaryOp op = binaryOp(peek().type());
      if (op == null || op.precedence() < minPrecedence) {
        break;
      }
      int leftHeight = height;
      take();
      boolean returnBool = accept(TokenType.BOOL);
      VectorMatching matching = matching();
      Expr rhs = binary(op.rightAssociative() ? op.precedence() : op.precedence() + 1);
      grow(Math.max(leftHeight, height) + 1);
      PositionRange position = lhs.position().to(rhs.position());
      if (matching.fills() && !options.fillModifiers()) {
        error(position, "binop fill modifiers are experimental and not enabled");
      }
      lhs = new BinaryExpr(op, lhs, rhs, matching, returnBool, position);
    }
    depth--;
    return lhs;
  }

  private static @Nullable BinaryOp binaryOp(TokenType type) {
    return switch (type) {
      case ADD -> BinaryOp.ADD;
      case SUB -> BinaryOp.SUB;
      case MUL -> BinaryOp.MUL;
      case DIV -> BinaryOp.DIV;
      case MOD -> BinaryOp.MOD;
      case POW -> BinaryOp.POW;
      case ATAN2 -> BinaryOp.ATAN2;
      case EQLC -> BinaryOp.EQL;
      case NEQ -> BinaryOp.NEQ;
      case LTE -> BinaryOp.LTE;
      case LSS -> BinaryOp.LSS;
      case GTE -> BinaryOp.GTE;
      case GTR -> BinaryOp.GTR;
      case TRIM_UPPER -> BinaryOp.TRIM_UPPER;
      case TRIM_LOWER -> BinaryOp.TRIM_LOWER;
      case LAND -> BinaryOp.AND;
      case LOR -> BinaryOp.OR;
      case LUNLESS -> BinaryOp.UNLESS;
      default -> null;
    };
  }

  /** What may stand between a binary operator and its right operand, but for {@code bool}. */
  private VectorMatching matching() {
    Cardinality cardinality = Cardinality.ONE_TO_ONE;
    List<String> labels = List.of();
    List<String> include = List.of();
    boolean on = at(TokenType.ON);
    if (on || at(TokenType.IGNORING)) {
      take();
      labels = labelList();
      if (at(TokenType.GROUP_LEFT) || at(TokenType.GROUP_RIGHT)) {
        cardinality =
            take().type() == TokenType.GROUP_LEFT
                ? Cardinality.MANY_TO_ONE
                : Cardinality.ONE_TO_MANY;
        if (at(LEFT_PAREN) || !peek().type().startsExpression()) {
          include = labelList();
        }
      }
    }
    Double fillLeft = null;
    Double fillRight = null;
    if (accept(TokenType.FILL)) {
      fillLeft = fillValue();
      fillRight = fillLeft;
    } else if (accept(TokenType.FILL_LEFT)) {
      fillLeft = fillValue();
      if (accept(TokenType.FILL_RIGHT)) {
        fillRight = fillValue();
      }
    } else if (accept(TokenType.FILL_RIGHT)) {
      fillRight = fillValue();
      if (accept(TokenType.FILL_LEFT)) {
        fillLeft = fillValue();
      }
    }
    return new VectorMatching(cardinality, labels, on, include, fillLeft, fillRight);
  }

  private double fillValue() {
    take(LEFT_PAREN);
    double value = signedNumber();
    take(RIGHT_PAREN);
    return value;
  }

  private double signedNumber() {
    boolean negative = at(SUB);
    if (negative || at(ADD)) {
      take();
    }
    double value = number().value();
    return negative ? -value : value;
  }

  private Expr unary() {
    if (!at(ADD) && !at(SUB)) {
      return postfix(primary());
    }
    Token sign = take();
    boolean negative = sign.type() == SUB;
    // A sign binds as multiplication does: -2^2 is -(2^2), -2*3 is (-2)*3.
    Expr operand = binary(BinaryOp.POW.precedence());
    PositionRange position = operand.position().withStart(sign.start());
    if (operand instanceof NumberLiteral number) {
      return new NumberLiteral(
          negative ? -number.value() : number.value(), number.duration(), position);
    }
    grow(height + 1);
    return new UnaryExpr(negative, operand, position);
  }

  private Expr primary() {
    height = 1;
    Token token = peek();
    switch (token.type()) {
      case NUMBER, DURATION:
        return number();
      case STRING:
        take();
        return new StringLiteral(StringText.unquote(token.text()), token.position());
      case LEFT_BRACE:
        return vectorSelector(null);
      case LEFT_PAREN:
        take();
        Expr inner = expression();
        grow(height + 1);
        return new ParenExpr(inner, token.position().to(take(RIGHT_PAREN).position()));
      default:
        break;
    }
    if (!token.type().isMetricName()) {
      throw unexpected();
    }
    take();
    AggregateOp aggregation = aggregateOp(token.type());
    if (aggregation != null) {
      if (at(LEFT_PAREN) || at(TokenType.BY) || at(TokenType.WITHOUT)) {
        return aggregate(token, aggregation);
      }
    } else if (token.type() == TokenType.IDENTIFIER
        || token.type().kind() == TokenType.Kind.PREPROCESSOR) {
      if (at(LEFT_PAREN)) {
        return call(token);
      }
    }
    return vectorSelector(token);
  }

  private Expr postfix(Expr operand) {
    Expr expr = operand;
    while (true) {
      switch (peek().type()) {
        case LEFT_BRACKET -> expr = range(expr);
        case OFFSET -> expr = offset(expr);
        case AT -> expr = atModifier(expr);
        case ANCHORED -> {
          take();
          expr = mode(expr, VectorSelector.Mode.ANCHORED);
        }
        case SMOOTHED -> {
          take();
          expr = mode(expr, VectorSelector.Mode.SMOOTHED);
        }
        default -> {
          return expr;
        }
      }
    }
  }

  private NumberLiteral number() {
    Token token = peek();
    double value = 0;
    switch (token.type()) {
      case NUMBER -> {
        try {
          value = NumberText.parse(token.text());
        } catch (IllegalArgumentException e) {
          error(token.position(), "error parsing number: " + e.getMessage());
        }
      }
      case DURATION -> {
        try {
          value = seconds(DurationText.parse(token.text()));
        } catch (IllegalArgumentException e) {
          error(token.position(), Objects.requireNonNull(e.getMessage()));
        }
      }
      default -> throw unexpected();
    }
    take();
    return new NumberLiteral(value, token.type() == TokenType.DURATION, token.position());
  }

  // Aggregations and calls.

  private static @Nullable AggregateOp aggregateOp(TokenType type) {
    return switch (type) {
      case AVG -> AggregateOp.AVG;
      case BOTTOMK -> AggregateOp.BOTTOMK;
      case COUNT -> AggregateOp.COUNT;
      case COUNT_VALUES -> AggregateOp.COUNT_VALUES;
      case GROUP -> AggregateOp.GROUP;
      case LIMITK -> AggregateOp.LIMITK;
      case LIMIT_RATIO -> AggregateOp.LIMIT_RATIO;
      case MAX -> AggregateOp.MAX;
      case MIN -> AggregateOp.MIN;
      case QUANTILE -> AggregateOp.QUANTILE;
      case STDDEV -> AggregateOp.STDDEV;
      case STDVAR -> AggregateOp.STDVAR;
      case SUM -> AggregateOp.SUM;
      case TOPK -> AggregateOp.TOPK;
      default -> null;
    };
  }

  private Expr aggregate(Token name, AggregateOp op) {
    Context outer = enter(Context.AGGREGATION);
    List<String> grouping = List.of();
    boolean without = false;
    boolean grouped = at(TokenType.BY) || at(TokenType.WITHOUT);
    if (grouped) {
      without = take().type() == TokenType.WITHOUT;
      grouping = labelList();
    }
    List<Expr> args = arguments();
    int end;
    if (!grouped && (at(TokenType.BY) || at(TokenType.WITHOUT))) {
      without = take().type() == TokenType.WITHOUT;
      grouping = labelList();
      end = lastClosing;
    } else {
      end = grouped ? lastClosing : endBehindLookahead();
    }
    context = outer;

    PositionRange position = new PositionRange(name.start(), end);
    String problem = null;
    int wanted = op.hasParam() ? 2 : 1;
    if (args.isEmpty()) {
      problem = "no arguments for aggregate expression provided";
    } else if (op.experimental() && !options.experimentalFunctions()) {
      problem =
          op.text()
              + "() is experimental and must be enabled with"
              + " --enable-feature=promql-experimental-functions";
    } else if (args.size() != wanted) {
      problem =
          "wrong number of arguments for aggregate expression provided, expected "
              + wanted
              + ", got "
              + args.size();
    }
    if (problem != null) {
      error(position, problem);
      return new VectorSelector(
          "", List.of(), TimeModifier.NONE, VectorSelector.Mode.PLAIN, true, position);
    }
    return new AggregateExpr(
        op, args.getLast(), op.hasParam() ? args.getFirst() : null, grouping, without, position);
  }

  /**
   * The end of an aggregation that had to look at the next token to see that it ends. If that token
   * is a parenthesis, {@link #lastClosing} is already behind it, so the parenthesis before is
   * looked for.
   */
  private int endBehindLookahead() {
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

  private Expr call(Token name) {
    List<Expr> args = arguments();
    PositionRange position = new PositionRange(name.start(), lastClosing);
    FunctionSignature function = functions.find(name.text());
    if (function == null) {
      error(name.position(), "unknown function with name " + Quoting.quote(name.text()));
      function = new FunctionSignature(name.text(), List.of(), 0, ValueType.NONE, false);
    } else if (function.experimental() && !options.experimentalFunctions()) {
      error(name.position(), "function " + Quoting.quote(name.text()) + " is not enabled");
    }
    return new Call(function, args, position);
  }

  private List<Expr> arguments() {
    take(LEFT_PAREN);
    List<Expr> args = new ArrayList<>();
    if (accept(RIGHT_PAREN)) {
      height = 1;
      return args;
    }
    args.add(expression());
    int highest = height;
    while (at(COMMA)) {
      Token comma = take();
      if (peek().type().startsExpression()) {
        args.add(expression());
        highest = Math.max(highest, height);
      } else {
        error(comma.position(), "trailing commas not allowed in function call args");
      }
    }
    take(RIGHT_PAREN);
    grow(highest + 1);
    return args;
  }

  /** Labels in parentheses. */
  private List<String> labelList() {
    Context outer = enter(Context.LABELS);
    take(LEFT_PAREN);
    List<String> labels = new ArrayList<>();
    context = Context.LABEL;
    while (!at(RIGHT_PAREN)) {
      Token token = peek();
      if (!token.type().isLabelName() && token.type() != STRING) {
        throw unexpected();
      }
      take();
      String label = token.type() == STRING ? StringText.unquote(token.text()) : token.text();
      if (!LabelNames.isValid(label)) {
        error(token.position(), "invalid label name for grouping: " + Quoting.quote(label));
      }
      labels.add(label);
      if (!accept(COMMA)) {
        context = Context.LABEL_END;
        break;
      }
    }
    take(RIGHT_PAREN);
    context = outer;
    return labels;
  }

  // Selectors.

  private VectorSelector vectorSelector(@Nullable Token name) {
    List<Matcher> matchers = new ArrayList<>();
    PositionRange position = name == null ? peek().position() : name.position();
    if (name == null || at(LEFT_BRACE)) {
      position = position.withEnd(matchers(matchers).end());
    }
    if (name != null) {
      matchers.add(Matcher.equal(LabelNames.METRIC_NAME, name.text()));
    }
    return new VectorSelector(
        name == null ? "" : name.text(),
        matchers,
        TimeModifier.NONE,
        VectorSelector.Mode.PLAIN,
        false,
        position);
  }

  /** Adds the matchers in braces to {@code matchers}; gives the closing brace. */
  private Token matchers(List<Matcher> matchers) {
    Context outer = context;
    take(LEFT_BRACE);
    context = Context.MATCHER;
    while (!at(RIGHT_BRACE)) {
      Token label = peek();
      if (label.type() != TokenType.IDENTIFIER && label.type() != STRING) {
        throw unexpected();
      }
      take();
      boolean quoted = label.type() == STRING;
      String name = quoted ? StringText.unquote(label.text()) : label.text();
      if (!quoted || peek().type().isMatchOperator()) {
        context = Context.MATCH_OPERATOR;
        matcher(label, name, matchers);
      } else {
        matchers.add(Matcher.equal(LabelNames.METRIC_NAME, name));
      }
      context = Context.MATCHER_END;
      if (!accept(COMMA)) {
        break;
      }
      context = Context.MATCHER;
    }
    Token end = take(RIGHT_BRACE);
    context = outer;
    return end;
  }

  private void matcher(Token label, String name, List<Matcher> matchers) {
    Matcher.Type type =
        switch (peek().type()) {
          case EQL -> Matcher.Type.EQUAL;
          case NEQ -> Matcher.Type.NOT_EQUAL;
          case EQL_REGEX -> Matcher.Type.REGEX;
          case NEQ_REGEX -> Matcher.Type.NOT_REGEX;
          default -> throw unexpected();
        };
    take();
    context = Context.MATCH_VALUE;
    Token value = take(STRING);
    try {
      matchers.add(Matcher.of(type, name, StringText.unquote(value.text())));
    } catch (IllegalArgumentException e) {
      error(label.position().to(value.position()), Objects.requireNonNull(e.getMessage()));
    }
  }

  /** A range or subquery behind {@code operand}. */
  private Expr range(Expr operand) {
    int operandHeight = height;
    Token open = take();
    Context outer = enter(Context.RANGE);
    Expr range = positive(durationExpression());
    context = Context.RANGE_END;
    if (accept(COLON)) {
      context = Context.STEP;
      Expr step = null;
      if (!at(RIGHT_BRACKET)) {
        step = positive(durationExpression());
        context = Context.STEP_END;
      }
      Token close = take(RIGHT_BRACKET);
      context = outer;
      grow(operandHeight + 1);
      return new SubqueryExpr(
          operand,
          literal(range),
          computed(range),
          step == null ? Duration.ZERO : literal(step),
          step == null ? null : computed(step),
          TimeModifier.NONE,
          operand.position().withEnd(close.end()));
    }
    Token close = take(RIGHT_BRACKET);
    context = outer;
    grow(operandHeight + 1);
    String problem = null;
    VectorSelector selector;
    if (operand instanceof VectorSelector vector) {
      selector = vector;
      if (!selector.time().offset().isZero()) {
        problem = "no offset modifiers allowed before range";
      } else if (selector.time().at() instanceof TimeModifier.At.Timestamp) {
        problem = "no @ modifiers allowed before range";
      }
    } else {
      problem = "ranges only allowed for vector selectors";
      selector =
          new VectorSelector(
              "",
              List.of(),
              TimeModifier.NONE,
              VectorSelector.Mode.PLAIN,
              true,
              operand.position());
    }
    if (problem != null) {
      error(open.position().to(close.position()), problem);
    }
    return new MatrixSelector(
        selector, literal(range), computed(range), operand.position().withEnd(close.end()));
  }

  private static Duration literal(Expr duration) {
    return duration instanceof NumberLiteral number
        ? Duration.ofNanos(NumberText.round(number.value() * NANOS_PER_SECOND))
        : Duration.ZERO;
  }

  private static @Nullable DurationExpr computed(Expr duration) {
    return duration instanceof DurationExpr expr ? expr : null;
  }

  private Expr positive(Expr duration) {
    if (duration instanceof NumberLiteral number && !(number.value() > 0)) {
      error(number.position(), "duration must be greater than 0");
    }
    return duration;
  }

  // Modifiers of selectors.

  private Expr offset(Expr operand) {
    int operandHeight = height;
    take();
    Context outer = enter(Context.OFFSET);
    Expr duration = offsetDuration();
    context = outer;
    height = operandHeight;
    TimeModifier time = timeOf(operand);
    if (time == null) {
      error(operand.position(), modifierProblem("offset"));
      return operand;
    }
    if (time.hasOffset()) {
      error(operand.position(), "offset may not be set multiple times");
    }
    DurationExpr expr = computed(duration);
    return withTime(
        operand, expr == null ? time.withOffset(literal(duration)) : time.withOffsetExpr(expr));
  }

  private Expr atModifier(Expr operand) {
    take();
    Context outer = enter(Context.AT);
    TimeModifier.At at;
    if (at(TokenType.START) || at(TokenType.END)) {
      at =
          take().type() == TokenType.START
              ? TimeModifier.At.Bound.START
              : TimeModifier.At.Bound.END;
      take(LEFT_PAREN);
      take(RIGHT_PAREN);
    } else {
      double seconds = signedNumber();
      if (!(Math.abs(seconds) < 0x1p63)) {
        error(
            operand.position(), "timestamp out of bounds for @ modifier: " + sixDecimals(seconds));
      }
      at = new TimeModifier.At.Timestamp(NumberText.round(seconds * 1000));
    }
    context = outer;
    TimeModifier time = timeOf(operand);
    if (time == null) {
      error(operand.position(), modifierProblem("@"));
      return operand;
    }
    if (time.at() != null) {
      error(operand.position(), "@ <timestamp> may not be set multiple times");
      return operand;
    }
    return withTime(operand, time.withAt(at));
  }

  private static String sixDecimals(double value) {
    return Double.isFinite(value)
        ? new BigDecimal(value).setScale(6).toPlainString()
        : NumberText.plain(value);
  }

  private static String modifierProblem(String modifier) {
    return modifier
        + " modifier must be preceded by an instant vector selector or range vector selector or a"
        + " subquery";
  }

  private static @Nullable TimeModifier timeOf(Expr expr) {
    return switch (expr) {
      case VectorSelector vector -> vector.time();
      case MatrixSelector matrix -> matrix.selector().time();
      case SubqueryExpr subquery -> subquery.time();
      case AggregateExpr _,
          BinaryExpr _,
          Call _,
          DurationExpr _,
          NumberLiteral _,
          ParenExpr _,
          StringLiteral _,
          UnaryExpr _ ->
          null;
    };
  }

  /** {@code expr}, which has a time modifier, with another one that ends at the last closing. */
  private Expr withTime(Expr expr, TimeModifier time) {
    PositionRange position = expr.position().withEnd(lastClosing);
    return switch (expr) {
      case VectorSelector vector -> vector.withTime(time).withPosition(position);
      case MatrixSelector matrix ->
          new MatrixSelector(
              matrix.selector().withTime(time), matrix.range(), matrix.rangeExpr(), position);
      case SubqueryExpr subquery -> subquery.withTime(time, position);
      case AggregateExpr _,
          BinaryExpr _,
          Call _,
          DurationExpr _,
          NumberLiteral _,
          ParenExpr _,
          StringLiteral _,
          UnaryExpr _ ->
          throw new IllegalArgumentException("no time modifier: " + expr.position());
    };
  }

  private Expr mode(Expr operand, VectorSelector.Mode mode) {
    String word = mode.name().toLowerCase(Locale.ROOT) + " modifier";
    if (!options.extendedRangeSelectors()) {
      error(operand.position(), word + " is experimental and not enabled");
      return operand;
    }
    return switch (operand) {
      case VectorSelector vector -> withMode(vector, mode, operand.position());
      case MatrixSelector matrix ->
          new MatrixSelector(
              withMode(matrix.selector(), mode, operand.position()),
              matrix.range(),
              matrix.rangeExpr(),
              matrix.position());
      case SubqueryExpr _ -> {
        error(operand.position(), word + " is not supported for subqueries");
        yield operand;
      }
      case AggregateExpr _,
          BinaryExpr _,
          Call _,
          DurationExpr _,
          NumberLiteral _,
          ParenExpr _,
          StringLiteral _,
          UnaryExpr _ -> {
        error(operand.position(), word + " not implemented");
        yield operand;
      }
    };
  }

  private VectorSelector withMode(
      VectorSelector vector, VectorSelector.Mode mode, PositionRange position) {
    if (vector.mode() != VectorSelector.Mode.PLAIN && vector.mode() != mode) {
      error(position, "anchored and smoothed modifiers cannot be used together");
    }
    return vector.withMode(mode);
  }

  // Durations.

  /**
   * The duration behind {@code offset}. A number, a call, or a signed one ends it, so that {@code
   * foo offset -2^2} squares the selector; other forms go on over operators.
   */
  private Expr offsetDuration() {
    Token token = peek();
    switch (token.type()) {
      case NUMBER, DURATION, STEP, RANGE, MIN_OF, MAX_OF:
        return durationPrimary();
      case ADD, SUB:
        take();
        switch (peek().type()) {
          case NUMBER, DURATION, STEP, RANGE, MIN_OF, MAX_OF, LEFT_PAREN:
            return signed(token, durationPrimary());
          default:
            Expr operand = duration(BinaryOp.POW.precedence());
            return durationOperators(signed(token, operand), 1);
        }
      default:
        return durationExpression();
    }
  }

  private Expr durationExpression() {
    return duration(1);
  }

  private Expr duration(int minPrecedence) {
    descend();
    Expr lhs;
    if (at(ADD) || at(SUB)) {
      Token sign = take();
      lhs = signed(sign, duration(BinaryOp.POW.precedence()));
    } else {
      lhs = durationPrimary();
    }
    Expr duration = durationOperators(lhs, minPrecedence);
    depth--;
    return duration;
  }

  private Expr durationOperators(Expr first, int minPrecedence) {
    Expr lhs = first;
    while (true) {
      Token token = peek();
      BinaryOp op = binaryOp(token.type());
      DurationExpr.Op durationOp = op == null ? null : durationOp(op);
      if (op == null || durationOp == null || op.precedence() < minPrecedence) {
        return lhs;
      }
      int leftHeight = height;
      take();
      Expr rhs = duration(op.rightAssociative() ? op.precedence() : op.precedence() + 1);
      grow(Math.max(leftHeight, height) + 1);
      requireDurationExpressions(lhs.position());
      boolean byZero = rhs instanceof NumberLiteral number && number.value() == 0;
      if (byZero && op == BinaryOp.DIV) {
        error(token.position(), "division by zero");
      } else if (byZero && op == BinaryOp.MOD) {
        error(token.position(), "modulo by zero");
      }
      lhs = new DurationExpr(durationOp, lhs, rhs, false, lhs.position().to(rhs.position()));
    }
  }

  private static DurationExpr.@Nullable Op durationOp(BinaryOp op) {
    return switch (op) {
      case ADD -> DurationExpr.Op.ADD;
      case SUB -> DurationExpr.Op.SUB;
      case MUL -> DurationExpr.Op.MUL;
      case DIV -> DurationExpr.Op.DIV;
      case MOD -> DurationExpr.Op.MOD;
      case POW -> DurationExpr.Op.POW;
      case ATAN2, EQL, NEQ, GTR, LSS, GTE, LTE, TRIM_UPPER, TRIM_LOWER, AND, UNLESS, OR -> null;
    };
  }

  private Expr durationPrimary() {
    height = 1;
    Token token = peek();
    switch (token.type()) {
      case NUMBER, DURATION:
        NumberLiteral number = number();
        if (Math.abs(number.value()) > MAX_DURATION_SECONDS) {
          error(number.position(), "duration out of range");
        }
        return number;
      case STEP, RANGE:
        take();
        take(LEFT_PAREN);
        Token end = take(RIGHT_PAREN);
        PositionRange position = token.position().to(end.position());
        requireDurationExpressions(position);
        return new DurationExpr(
            token.type() == TokenType.STEP ? DurationExpr.Op.STEP : DurationExpr.Op.RANGE,
            null,
            null,
            false,
            position);
      case MIN_OF, MAX_OF:
        return minOrMax(take());
      case LEFT_PAREN:
        take();
        Expr inner = durationExpression();
        grow(height + 1);
        Token close = take(RIGHT_PAREN);
        requireDurationExpressions(inner.position());
        return inner instanceof DurationExpr expr
            ? expr.withWrapped()
            : new DurationExpr(
                DurationExpr.Op.ADD, null, inner, true, token.position().to(close.position()));
      default:
        throw unexpected();
    }
  }

  private Expr minOrMax(Token name) {
    take(LEFT_PAREN);
    Expr lhs = durationExpression();
    int leftHeight = height;
    take(COMMA);
    Expr rhs = durationExpression();
    grow(Math.max(leftHeight, height) + 1);
    Token end = take(RIGHT_PAREN);
    PositionRange position = name.position().to(end.position());
    requireDurationExpressions(position);
    return new DurationExpr(
        name.type() == TokenType.MIN_OF ? DurationExpr.Op.MIN_OF : DurationExpr.Op.MAX_OF,
        lhs,
        rhs,
        false,
        position);
  }

  private Expr signed(Token sign, Expr operand) {
    boolean negative = sign.type() == SUB;
    PositionRange position = operand.position().withStart(sign.start());
    if (operand instanceof NumberLiteral number) {
      return new NumberLiteral(
          negative ? -number.value() : number.value(), number.duration(), position);
    }
    if (!negative) {
      return operand;
    }
    grow(height + 1);
    return new DurationExpr(DurationExpr.Op.SUB, null, operand, false, position);
  }

  private void requireDurationExpressions(PositionRange position) {
    if (!options.durationExpressions()) {
      error(position, "experimental duration expression is not enabled");
    }
  }

  private static double seconds(long nanos) {
    // Two steps, as Go does it, so that the last bit agrees.
    return nanos / 1_000_000_000L + (nanos % 1_000_000_000L) / NANOS_PER_SECOND;
  }
}
