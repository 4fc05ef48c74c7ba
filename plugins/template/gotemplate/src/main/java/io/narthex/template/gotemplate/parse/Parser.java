package io.narthex.template.gotemplate.parse;

import io.narthex.api.template.TemplateException;
import io.narthex.template.gotemplate.parse.Node.Action;
import io.narthex.template.gotemplate.parse.Node.Bool;
import io.narthex.template.gotemplate.parse.Node.Break;
import io.narthex.template.gotemplate.parse.Node.Call;
import io.narthex.template.gotemplate.parse.Node.Chain;
import io.narthex.template.gotemplate.parse.Node.Command;
import io.narthex.template.gotemplate.parse.Node.Continue;
import io.narthex.template.gotemplate.parse.Node.Dot;
import io.narthex.template.gotemplate.parse.Node.Field;
import io.narthex.template.gotemplate.parse.Node.Identifier;
import io.narthex.template.gotemplate.parse.Node.If;
import io.narthex.template.gotemplate.parse.Node.Nil;
import io.narthex.template.gotemplate.parse.Node.Nodes;
import io.narthex.template.gotemplate.parse.Node.Num;
import io.narthex.template.gotemplate.parse.Node.Operand;
import io.narthex.template.gotemplate.parse.Node.Pipe;
import io.narthex.template.gotemplate.parse.Node.Range;
import io.narthex.template.gotemplate.parse.Node.Statement;
import io.narthex.template.gotemplate.parse.Node.Str;
import io.narthex.template.gotemplate.parse.Node.Text;
import io.narthex.template.gotemplate.parse.Node.Variable;
import io.narthex.template.gotemplate.parse.Node.With;
import io.narthex.template.gotemplate.value.GoText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads a text and the templates that are defined in it. Errors are Go's. */
public final class Parser {
  /** How deep actions and parentheses may be nested. */
  private static final int DEEPEST = 1_000;

  private final String name;
  private final String text;
  private final Predicate<String> functions;
  private final Lexer lexer;
  private final Map<String, Tree> trees = new LinkedHashMap<>();

  private final Token[] tokens = new Token[3];
  private int peeked;
  private Scope variables = new Scope();
  private int actionLine;
  private int rangeDepth;
  private int depth;

  private Parser(String name, String text, Predicate<String> functions) {
    this.name = name;
    this.text = text;
    this.functions = functions;
    this.lexer = new Lexer(text);
    Arrays.fill(tokens, new Token(Token.Type.EOF, 0, "", 0));
  }

  /**
   * Reads a text.
   *
   * @param functions whether one is known
   * @return its templates by name, the text itself among them
   * @throws TemplateException with the name and the line
   */
  public static Map<String, Tree> parse(String name, String text, Predicate<String> functions)
      throws TemplateException {
    Parser parser = new Parser(name, text, functions);
    try {
      parser.add(name, parser.root());
    } catch (StackOverflowError e) {
      throw parser.tooDeep();
    }
    return parser.trees;
  }

  private TemplateException error(String message) {
    return new TemplateException("template: " + name + ":" + tokens[0].line() + ": " + message);
  }

  private TemplateException tooDeep() {
    return error("actions and parentheses nested more than " + DEEPEST + " levels deep");
  }

  private void enter() throws TemplateException {
    if (++depth > DEEPEST) {
      throw tooDeep();
    }
  }

  private Token next() {
    if (peeked > 0) {
      peeked--;
    } else {
      tokens[0] = lexer.next();
    }
    return tokens[peeked];
  }

  private void backup() {
    peeked++;
  }

  private Token peek() {
    if (peeked > 0) {
      return tokens[peeked - 1];
    }
    peeked = 1;
    tokens[0] = lexer.next();
    return tokens[0];
  }

  private Token nextNonSpace() {
    Token token = next();
    while (token.type() == Token.Type.SPACE) {
      token = next();
    }
    return token;
  }

  private Token peekNonSpace() {
    Token token = nextNonSpace();
    backup();
    return token;
  }

  private Token expect(Token.Type expected, String context) throws TemplateException {
    Token token = nextNonSpace();
    if (token.type() != expected) {
      throw unexpected(token, context);
    }
    return token;
  }

  private TemplateException unexpected(Token token, String context) {
    if (token.type() == Token.Type.ERROR) {
      String extra = "";
      if (actionLine != 0 && actionLine != token.line()) {
        extra = " in action started at " + name + ":" + actionLine;
        if (token.text().endsWith(" action")) {
          extra = extra.substring(" in action".length());
        }
      }
      return error(token + extra);
    }
    return error("unexpected " + token + " in " + context);
  }

  private void add(String template, Nodes root) throws TemplateException {
    Tree tree = new Tree(template, name, text, root);
    Tree before = trees.get(template);
    if (before == null || before.isEmpty()) {
      trees.put(template, tree);
    } else if (!tree.isEmpty()) {
      throw error("template: multiple definition of template " + GoText.quote(template));
    }
  }

  private Nodes root() throws TemplateException {
    int position = peek().position();
    List<Statement> nodes = new ArrayList<>();
    while (peek().type() != Token.Type.EOF) {
      if (peek().type() == Token.Type.LEFT_DELIM) {
        Token delimiter = next();
        if (nextNonSpace().type() == Token.Type.DEFINE) {
          definition();
          continue;
        }
        tokens[1] = delimiter;
        peeked = 2;
      }
      switch (textOrAction()) {
        case Statement s -> nodes.add(s);
        case End e -> throw error("unexpected " + e);
        case Else e -> throw error("unexpected " + e);
        default -> throw new IllegalStateException();
      }
    }
    return new Nodes(position, List.copyOf(nodes));
  }

  private void definition() throws TemplateException {
    String context = "define clause";
    Token token = nextNonSpace();
    if (token.type() != Token.Type.STRING && token.type() != Token.Type.RAW_STRING) {
      throw unexpected(token, context);
    }
    String template = unquoted(token);
    expect(Token.Type.RIGHT_DELIM, context);
    Items items = items(template);
    if (!(items.end() instanceof End)) {
      throw error("unexpected " + items.end() + " in " + context);
    }
  }

  /** Reads what is defined, up to its end. Variables and ranges outside of it do not count. */
  private Items items(String template) throws TemplateException {
    Scope outerVariables = variables;
    int outerRange = rangeDepth;
    int outerLine = actionLine;
    variables = new Scope();
    rangeDepth = 0;
    actionLine = 0;
    Items items = items();
    if (items.end() instanceof End) {
      add(template, items.list());
    }
    variables = outerVariables;
    rangeDepth = outerRange;
    actionLine = outerLine;
    return items;
  }

  private String unquoted(Token token) throws TemplateException {
    String unquoted = GoText.unquote(token.text());
    if (unquoted == null) {
      throw error("invalid syntax");
    }
    return unquoted;
  }

  /** An {@code {{end}}}. */
  private record End() {
    @Override
    public String toString() {
      return "{{end}}";
    }
  }

  /** An {@code {{else}}}. */
  private record Else(int position) {
    @Override
    public String toString() {
      return "{{else}}";
    }
  }

  /** Statements, and the {@code end} or {@code else} behind them. */
  private record Items(Nodes list, Object end) {}

  private Items items() throws TemplateException {
    enter();
    int position = peekNonSpace().position();
    List<Statement> nodes = new ArrayList<>();
    while (peekNonSpace().type() != Token.Type.EOF) {
      Object node = textOrAction();
      if (node instanceof Statement statement) {
        nodes.add(statement);
      } else {
        depth--;
        return new Items(new Nodes(position, List.copyOf(nodes)), node);
      }
    }
    throw error("unexpected EOF");
  }

  private Object textOrAction() throws TemplateException {
    Token token = nextNonSpace();
    switch (token.type()) {
      case TEXT -> {
        return new Text(token.position(), token.text());
      }
      case LEFT_DELIM -> {
        actionLine = token.line();
        Object node = action();
        actionLine = 0;
        return node;
      }
      default -> throw unexpected(token, "input");
    }
  }

  private Object action() throws TemplateException {
    Token token = nextNonSpace();
    switch (token.type()) {
      case BLOCK -> {
        return block();
      }
      case BREAK -> {
        loopControl("{{break}}");
        return new Break(token.position(), token.line());
      }
      case CONTINUE -> {
        loopControl("{{continue}}");
        return new Continue(token.position(), token.line());
      }
      case ELSE -> {
        Token peek = peekNonSpace();
        if (peek.type() == Token.Type.IF || peek.type() == Token.Type.WITH) {
          return new Else(peek.position());
        }
        return new Else(expect(Token.Type.RIGHT_DELIM, "else").position());
      }
      case END -> {
        expect(Token.Type.RIGHT_DELIM, "end");
        return new End();
      }
      case IF -> {
        return ifControl();
      }
      case RANGE -> {
        Control c = control("range");
        return new Range(c.pipe().position(), c.pipe().line(), c.pipe(), c.list(), c.otherwise());
      }
      case TEMPLATE -> {
        return template();
      }
      case WITH -> {
        return withControl();
      }
      default -> {
        backup();
        Token first = peek();
        return new Action(
            first.position(), first.line(), pipeline("command", Token.Type.RIGHT_DELIM));
      }
    }
  }

  private If ifControl() throws TemplateException {
    Control c = control("if");
    return new If(c.pipe().position(), c.pipe().line(), c.pipe(), c.list(), c.otherwise());
  }

  private With withControl() throws TemplateException {
    Control c = control("with");
    return new With(c.pipe().position(), c.pipe().line(), c.pipe(), c.list(), c.otherwise());
  }

  private void loopControl(String context) throws TemplateException {
    Token token = nextNonSpace();
    if (token.type() != Token.Type.RIGHT_DELIM) {
      throw unexpected(token, context);
    }
    if (rangeDepth == 0) {
      throw error(context + " outside {{range}}");
    }
  }

  private record Control(Pipe pipe, Nodes list, @Nullable Nodes otherwise) {}

  private Control control(String context) throws TemplateException {
    enter();
    int mark = variables.mark();
    Pipe pipe = pipeline(context, Token.Type.RIGHT_DELIM);
    if (context.equals("range")) {
      rangeDepth++;
    }
    Items items = items();
    if (context.equals("range")) {
      rangeDepth--;
    }
    Nodes otherwise = null;
    if (items.end() instanceof Else e) {
      // "else if" is "else", and an "if" in it, with one end for both; so is "else with".
      if (context.equals("if") && peek().type() == Token.Type.IF) {
        next();
        otherwise = new Nodes(e.position(), List.of(ifControl()));
      } else if (context.equals("with") && peek().type() == Token.Type.WITH) {
        next();
        otherwise = new Nodes(e.position(), List.of(withControl()));
      } else {
        Items rest = items();
        if (!(rest.end() instanceof End)) {
          throw error("expected end; found " + rest.end());
        }
        otherwise = rest.list();
      }
    }
    variables.pop(mark);
    depth--;
    return new Control(pipe, items.list(), otherwise);
  }

  /** Variables that are known at a place. */
  private static final class Scope {
    private final List<String> names = new ArrayList<>();
    private final Map<String, Integer> counts = new HashMap<>();

    Scope() {
      declare("$");
    }

    void declare(String name) {
      names.add(name);
      counts.merge(name, 1, Integer::sum);
    }

    boolean knows(String name) {
      return counts.getOrDefault(name, 0) > 0;
    }

    int mark() {
      return names.size();
    }

    void pop(int mark) {
      while (names.size() > mark) {
        counts.merge(names.removeLast(), -1, Integer::sum);
      }
    }
  }

  private Call block() throws TemplateException {
    String context = "block clause";
    Token token = nextNonSpace();
    String template = templateName(token, context);
    Pipe pipe = pipeline(context, Token.Type.RIGHT_DELIM);
    Token start = tokens[0];
    Items items = items(template);
    tokens[0] = start; // errors from here on are on the line of the block
    if (!(items.end() instanceof End)) {
      throw error("unexpected " + items.end() + " in " + context);
    }
    return new Call(token.position(), token.line(), template, pipe);
  }

  private Call template() throws TemplateException {
    String context = "template clause";
    Token token = nextNonSpace();
    String template = templateName(token, context);
    Pipe pipe = null;
    if (nextNonSpace().type() != Token.Type.RIGHT_DELIM) {
      backup();
      pipe = pipeline(context, Token.Type.RIGHT_DELIM);
    }
    return new Call(token.position(), token.line(), template, pipe);
  }

  private String templateName(Token token, String context) throws TemplateException {
    if (token.type() != Token.Type.STRING && token.type() != Token.Type.RAW_STRING) {
      throw unexpected(token, context);
    }
    return unquoted(token);
  }

  private Pipe pipeline(String context, Token.Type end) throws TemplateException {
    enter();
    Token token = peekNonSpace();
    int position = token.position();
    int line = token.line();
    boolean assigns = false;
    List<Variable> declared = new ArrayList<>(0);
    boolean more = true;
    while (more && peekNonSpace().type() == Token.Type.VARIABLE) {
      more = false;
      Token variable = next();
      // A space is a token too, so that three may have to be put back.
      Token after = peek();
      Token follows = peekNonSpace();
      if (follows.type() == Token.Type.ASSIGN || follows.type() == Token.Type.DECLARE) {
        assigns = follows.type() == Token.Type.ASSIGN;
        nextNonSpace();
        declare(declared, variable);
      } else if (follows.type() == Token.Type.CHAR && follows.text().equals(",")) {
        nextNonSpace();
        declare(declared, variable);
        if (!context.equals("range") || declared.size() >= 2) {
          throw error("too many declarations in " + context);
        }
        switch (peekNonSpace().type()) {
          case VARIABLE, RIGHT_DELIM, RIGHT_PAREN -> more = true;
          default -> throw error("range can only initialize variables");
        }
      } else if (after.type() == Token.Type.SPACE) {
        tokens[1] = after;
        tokens[2] = variable;
        peeked = 3;
      } else {
        tokens[1] = variable;
        peeked = 2;
      }
    }
    List<Command> commands = new ArrayList<>(1);
    while (true) {
      Token first = nextNonSpace();
      if (first.type() == end) {
        check(commands, context);
        depth--;
        return new Pipe(position, line, assigns, List.copyOf(declared), List.copyOf(commands));
      }
      switch (first.type()) {
        case BOOL,
            CHAR_CONSTANT,
            COMPLEX,
            DOT,
            FIELD,
            IDENTIFIER,
            NUMBER,
            NIL,
            RAW_STRING,
            STRING,
            VARIABLE,
            LEFT_PAREN -> {
          backup();
          commands.add(command());
        }
        default -> throw unexpected(first, context);
      }
    }
  }

  private void declare(List<Variable> declared, Token token) {
    declared.add(new Variable(token.position(), token.text(), List.of()));
    variables.declare(token.text());
  }

  private void check(List<Command> commands, String context) throws TemplateException {
    if (commands.isEmpty()) {
      throw error("missing value for " + context);
    }
    for (int i = 1; i < commands.size(); i++) {
      switch (commands.get(i).arguments().getFirst()) {
        case Bool b -> throw notExecutable(i);
        case Dot d -> throw notExecutable(i);
        case Nil n -> throw notExecutable(i);
        case Num n -> throw notExecutable(i);
        case Str s -> throw notExecutable(i);
        case Pipe p -> {}
        case Identifier n -> {}
        case Variable v -> {}
        case Field f -> {}
        case Chain c -> {}
      }
    }
  }

  private TemplateException notExecutable(int index) {
    return error("non executable command in pipeline stage " + (index + 1));
  }

  private Command command() throws TemplateException {
    int position = peekNonSpace().position();
    List<Operand> arguments = new ArrayList<>(2);
    while (true) {
      peekNonSpace();
      Operand operand = operand();
      if (operand != null) {
        arguments.add(operand);
      }
      Token token = next();
      switch (token.type()) {
        case SPACE -> {
          continue;
        }
        case RIGHT_DELIM, RIGHT_PAREN -> backup();
        case PIPE -> {}
        default -> throw unexpected(token, "operand");
      }
      break;
    }
    if (arguments.isEmpty()) {
      throw error("empty command");
    }
    return new Command(position, List.copyOf(arguments));
  }

  private @Nullable Operand operand() throws TemplateException {
    Operand node = term();
    if (node == null || peek().type() != Token.Type.FIELD) {
      return node;
    }
    int position = peek().position();
    List<String> fields = new ArrayList<>();
    while (peek().type() == Token.Type.FIELD) {
      fields.add(next().text().substring(1));
    }
    return switch (node) {
      case Field f -> new Field(position, joined(f.names(), fields));
      case Variable v -> new Variable(position, v.name(), joined(v.fields(), fields));
      case Bool b -> throw afterTerm(b);
      case Str s -> throw afterTerm(s);
      case Num n -> throw afterTerm(n);
      case Nil n -> throw afterTerm(n);
      case Dot d -> throw afterTerm(d);
      case Pipe p -> new Chain(position, p, List.copyOf(fields));
      case Identifier i -> new Chain(position, i, List.copyOf(fields));
      case Chain c -> throw new IllegalStateException();
    };
  }

  private static List<String> joined(List<String> first, List<String> second) {
    List<String> all = new ArrayList<>(first);
    all.addAll(second);
    return List.copyOf(all);
  }

  private TemplateException afterTerm(Operand node) {
    return error("unexpected . after term " + GoText.quote(node.toString()));
  }

  private @Nullable Operand term() throws TemplateException {
    Token token = nextNonSpace();
    switch (token.type()) {
      case IDENTIFIER -> {
        if (!functions.test(token.text())) {
          throw error("function " + GoText.quote(token.text()) + " not defined");
        }
        return new Identifier(token.position(), token.text());
      }
      case DOT -> {
        return new Dot(token.position());
      }
      case NIL -> {
        return new Nil(token.position());
      }
      case VARIABLE -> {
        if (!variables.knows(token.text())) {
          throw error("undefined variable " + GoText.quote(token.text()));
        }
        return new Variable(token.position(), token.text(), List.of());
      }
      case FIELD -> {
        return new Field(token.position(), List.of(token.text().substring(1)));
      }
      case BOOL -> {
        return new Bool(token.position(), token.text().equals("true"));
      }
      case CHAR_CONSTANT, COMPLEX, NUMBER -> {
        return new Num(token.position(), constant(token));
      }
      case LEFT_PAREN -> {
        return pipeline("parenthesized pipeline", Token.Type.RIGHT_PAREN);
      }
      case STRING, RAW_STRING -> {
        return new Str(token.position(), token.text(), unquoted(token));
      }
      default -> {
        backup();
        return null;
      }
    }
  }

  private Constant constant(Token token) throws TemplateException {
    try {
      return switch (token.type()) {
        case CHAR_CONSTANT -> Constant.character(token.text());
        case COMPLEX -> Constant.complex(token.text());
        default -> Constant.number(token.text());
      };
    } catch (Constant.Malformed e) {
      throw error(e.text());
    }
  }
}
