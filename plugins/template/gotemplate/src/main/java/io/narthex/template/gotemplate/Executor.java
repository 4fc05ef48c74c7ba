package io.narthex.template.gotemplate;

import io.narthex.api.template.TemplateException;
import io.narthex.api.template.TemplateOptions.MissingKey;
import io.narthex.template.gotemplate.parse.Node;
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
import io.narthex.template.gotemplate.parse.Tree;
import io.narthex.template.gotemplate.value.Data;
import io.narthex.template.gotemplate.value.GoError;
import io.narthex.template.gotemplate.value.GoFormat;
import io.narthex.template.gotemplate.value.GoText;
import io.narthex.template.gotemplate.value.GoType;
import io.narthex.template.gotemplate.value.GoType.Kind;
import io.narthex.template.gotemplate.value.GoValue.Boxed;
import io.narthex.template.gotemplate.value.GoValue.Complex;
import io.narthex.template.gotemplate.value.GoValue.Function;
import io.narthex.template.gotemplate.value.GoValue.GoMap;
import io.narthex.template.gotemplate.value.GoValue.GoSlice;
import io.narthex.template.gotemplate.value.GoValue.Pointer;
import io.narthex.template.gotemplate.value.GoValue.Scalar;
import io.narthex.template.gotemplate.value.GoValue.Struct;
import io.narthex.template.gotemplate.value.SortedEntries;
import io.narthex.template.gotemplate.value.Values;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One expansion of a template. Not safe for threads; used once. */
final class Executor {
  /** Stands for the value that no command before gave. */
  private enum Missing {
    VALUE
  }

  private static final Object MISSING = Missing.VALUE;

  private static final List<Operand> NO_ARGUMENTS = List.of();

  /** Characters of a template that a message quotes. */
  private static final int LONGEST_QUOTE = 1 << 16;

  /** How a statement ended. */
  private enum Flow {
    NEXT,
    BREAK,
    CONTINUE
  }

  private final CompiledTemplate template;
  private final Map<String, Function> functions;
  private final Budget budget;
  private final MissingKey missingKey;
  private final int deepest;

  private final StringBuilder out = new StringBuilder(256);

  /** Characters that may be written. */
  private int room;

  private Tree tree;
  private @Nullable Node node;
  private int depth;

  private String[] names = new String[8];
  private @Nullable Object[] values = new Object[8];

  /** What the values of variables take. */
  private long[] sizes = new long[8];

  private int base;
  private int top;

  Executor(CompiledTemplate template, Map<String, Function> overrides, Budget budget) {
    this.template = template;
    this.functions = overrides;
    this.budget = budget;
    this.missingKey = template.options().missingKey();
    this.deepest = template.options().limits().depth();
    this.room = budget.output();
    this.tree = template.main();
  }

  String run(@Nullable Object data) throws TemplateException {
    push("$", data);
    try {
      walk(data, tree.root());
    } catch (StackOverflowError e) {
      throw error("exceeded maximum template depth (" + depth + ")");
    }
    return out.toString();
  }

  /** Expands another template, of another set, into a text of its own. */
  String expand(CompiledTemplate other, @Nullable Object data) throws TemplateException {
    if (depth == deepest) {
      throw error("exceeded maximum template depth (" + deepest + ")");
    }
    Executor inner = new Executor(other, functions, budget);
    inner.depth = depth + 1;
    inner.room = room - out.length();
    return inner.run(data);
  }

  private TemplateException error(String message) {
    return error(message, null);
  }

  private TemplateException error(String message, @Nullable Throwable cause) {
    String start =
        node == null
            ? "template: " + tree.name()
            : "template: "
                + tree.location(node.position())
                + ": executing "
                + GoText.quote(tree.name())
                + " at <"
                + shortened(node.toString())
                + ">";
    return new TemplateException(start + ": " + message, cause);
  }

  private static String shortened(String text) {
    return text.length() <= LONGEST_QUOTE ? text : text.substring(0, LONGEST_QUOTE) + "...";
  }

  private void at(Node current) {
    node = current;
  }

  private void step() throws TemplateException {
    String exhausted = budget.step();
    if (exhausted != null) {
      throw error(exhausted);
    }
  }

  private void push(String name, @Nullable Object value) {
    if (top == names.length) {
      names = Arrays.copyOf(names, top * 2);
      values = Arrays.copyOf(values, top * 2);
      sizes = Arrays.copyOf(sizes, top * 2);
    }
    names[top] = name;
    sizes[top] = 0;
    set(top++, value);
  }

  private void set(int variable, @Nullable Object value) {
    values[variable] = value;
    long size = Budget.size(value);
    budget.hold(size - sizes[variable]);
    sizes[variable] = size;
  }

  private void pop(int mark) {
    while (top > mark) {
      values[--top] = null;
      budget.hold(-sizes[top]);
    }
  }

  private int variable(String name) throws TemplateException {
    for (int i = top - 1; i >= base; i--) {
      if (names[i].equals(name)) {
        return i;
      }
    }
    throw error("undefined variable: " + name);
  }

  private Flow walk(@Nullable Object dot, Nodes list) throws TemplateException {
    List<Statement> nodes = list.nodes();
    for (int i = 0; i < nodes.size(); i++) {
      long made = budget.made();
      Flow flow = walk(dot, nodes.get(i));
      budget.release(made);
      if (flow != Flow.NEXT) {
        return flow;
      }
    }
    return Flow.NEXT;
  }

  private Flow walk(@Nullable Object dot, Statement statement) throws TemplateException {
    at(statement);
    step();
    switch (statement) {
      case Text t -> write(t.text());
      case Action a -> {
        Object value = pipeline(dot, a.pipe());
        if (a.pipe().variables().isEmpty()) {
          print(a, value);
        }
      }
      case If i -> {
        int mark = top;
        boolean truth = Values.truth(pipeline(dot, i.pipe()));
        Nodes branch = truth ? i.list() : i.otherwise();
        Flow flow = branch == null ? Flow.NEXT : walk(dot, branch);
        pop(mark);
        return flow;
      }
      case With w -> {
        int mark = top;
        Object value = pipeline(dot, w.pipe());
        Flow flow = Flow.NEXT;
        if (Values.truth(value)) {
          flow = walk(value, w.list());
        } else if (w.otherwise() != null) {
          flow = walk(dot, w.otherwise());
        }
        pop(mark);
        return flow;
      }
      case Range r -> {
        int mark = top;
        Flow flow = range(dot, r);
        pop(mark);
        return flow;
      }
      case Call c -> call(dot, c);
      case Break b -> {
        return Flow.BREAK;
      }
      case Continue c -> {
        return Flow.CONTINUE;
      }
    }
    return Flow.NEXT;
  }

  private Flow range(@Nullable Object dot, Range range) throws TemplateException {
    Object value = indirect(pipeline(dot, range.pipe()));
    boolean some = false;
    switch (Values.plain(value)) {
      case null -> {}
      case GoSlice slice -> {
        List<?> elements = slice.elements();
        GoType type = slice.type().element();
        for (int i = 0; elements != null && i < elements.size(); i++) {
          some = true;
          if (!iterate(range, (long) i, Data.of(elements.get(i), type))) {
            break;
          }
        }
      }
      case GoMap map -> {
        for (SortedEntries.Entry entry : SortedEntries.of(map)) {
          some = true;
          if (!iterate(range, entry.key(), entry.value())) {
            break;
          }
        }
      }
      case Long count -> {
        if (range.pipe().variables().size() > 1) {
          throw error("can't use " + sprint(value) + " to iterate over more than one variable");
        }
        GoType type = Objects.requireNonNull(Values.type(value));
        for (long i = 0; i < count; i++) {
          some = true;
          if (!iterate(range, null, Data.of(i, type))) {
            break;
          }
        }
      }
      case Pointer nil -> {
        if (nil.target() != null) {
          throw error("range can't iterate over " + sprint(value));
        }
        throw error("range can't iterate over <nil>");
      }
      default -> throw error("range can't iterate over " + sprint(value));
    }
    if (!some && range.otherwise() != null) {
      return walk(dot, range.otherwise());
    }
    return Flow.NEXT;
  }

  /** Goes once through the body of a range; false for a break. */
  private boolean iterate(Range range, @Nullable Object index, @Nullable Object element)
      throws TemplateException {
    step();
    List<Variable> variables = range.pipe().variables();
    int mark = top;
    if (range.pipe().assigns()) {
      int count = variables.size();
      if (count > 1) {
        set(variable(variables.get(0).name()), index);
      }
      set(variable(variables.get(count - 1).name()), element);
    } else {
      if (variables.size() > 0) {
        set(top - 1, element);
      }
      if (variables.size() > 1) {
        set(top - 2, index);
      }
    }
    Flow flow = walk(element, range.list());
    pop(mark);
    return flow != Flow.BREAK;
  }

  private void call(@Nullable Object dot, Call call) throws TemplateException {
    Tree called = template.tree(call.name());
    if (called == null) {
      throw error("template " + GoText.quote(call.name()) + " not defined");
    }
    if (depth == deepest) {
      throw error("exceeded maximum template depth (" + deepest + ")");
    }
    Object data = call.pipe() == null ? null : pipeline(dot, call.pipe());
    enter(called, data);
  }

  private void enter(Tree called, @Nullable Object data) throws TemplateException {
    Tree caller = tree;
    int callerBase = base;
    int mark = top;
    tree = called;
    base = top;
    depth++;
    push("$", data);
    walk(data, called.root());
    pop(mark);
    depth--;
    base = callerBase;
    tree = caller;
  }

  private void write(String text) throws TemplateException {
    if (out.length() + (long) text.length() > room) {
      throw error("text of more than " + budget.output() + " characters");
    }
    out.append(text);
  }

  private String sprint(@Nullable Object value) throws TemplateException {
    try {
      return GoFormat.sprint(budget.output(), value);
    } catch (GoError e) {
      throw error(e.text());
    }
  }

  private void print(Node current, @Nullable Object value) throws TemplateException {
    if (value instanceof String text) {
      write(text);
      return;
    }
    at(current);
    Object printed = value;
    if (value instanceof Pointer) {
      printed = indirect(value);
    }
    if (printed == null) {
      write("<no value>");
      return;
    }
    if (printed instanceof Function f) {
      throw error("can't print " + current + " of type " + f.type());
    }
    try {
      new GoFormat(out, room).print(printed);
    } catch (GoError e) {
      throw error(e.text());
    }
  }

  /** Looks through interfaces and pointers; a nil one stays. */
  static @Nullable Object indirect(@Nullable Object value) {
    Object inner = value;
    while (true) {
      if (inner instanceof Boxed box && box.value() != null) {
        inner = box.value();
      } else if (inner instanceof Pointer pointer && pointer.target() != null) {
        inner = pointer.target();
      } else {
        return inner;
      }
    }
  }

  private @Nullable Object pipeline(@Nullable Object dot, Pipe pipe) throws TemplateException {
    at(pipe);
    Object value = MISSING;
    List<Command> commands = pipe.commands();
    for (int i = 0; i < commands.size(); i++) {
      value = Values.unbox(command(dot, commands.get(i), value));
    }
    List<Variable> variables = pipe.variables();
    for (int i = 0; i < variables.size(); i++) {
      if (pipe.assigns()) {
        set(variable(variables.get(i).name()), value);
      } else {
        push(variables.get(i).name(), value);
      }
    }
    return value;
  }

  private void notAFunction(List<Operand> arguments, @Nullable Object last)
      throws TemplateException {
    if (arguments.size() > 1 || !(last instanceof Missing)) {
      throw error("can't give argument to non-function " + arguments.getFirst());
    }
  }

  private @Nullable Object command(@Nullable Object dot, Command command, @Nullable Object last)
      throws TemplateException {
    step();
    List<Operand> arguments = command.arguments();
    Operand first = arguments.getFirst();
    switch (first) {
      case Field f -> {
        return field(dot, f, arguments, last);
      }
      case Chain c -> {
        return chain(dot, c, arguments, last);
      }
      case Identifier i -> {
        return function(dot, i, command, arguments, last);
      }
      case Pipe p -> {
        notAFunction(arguments, last);
        return pipeline(dot, p);
      }
      case Variable v -> {
        return variable(dot, v, arguments, last);
      }
      default -> {}
    }
    at(first);
    notAFunction(arguments, last);
    return switch (first) {
      case Bool b -> b.value();
      case Dot d -> dot;
      case Num n -> ideal(n);
      case Str s -> s.text();
      case Nil n -> throw error("nil is not a command");
      default -> throw error("can't evaluate command " + GoText.quote(first.toString()));
    };
  }

  private @Nullable Object ideal(Num number) throws TemplateException {
    at(number);
    Object value = number.value().ideal();
    if (value == null) {
      throw error(number + " overflows int");
    }
    return value;
  }

  private @Nullable Object field(
      @Nullable Object dot, Field field, List<Operand> arguments, @Nullable Object last)
      throws TemplateException {
    at(field);
    return fields(dot, dot, field, field.names(), 0, arguments, last);
  }

  private @Nullable Object chain(
      @Nullable Object dot, Chain chain, List<Operand> arguments, @Nullable Object last)
      throws TemplateException {
    at(chain);
    if (chain.of() instanceof Nil) {
      throw error("indirection through explicit nil in " + chain);
    }
    Object receiver = argument(dot, null, chain.of());
    return fields(dot, receiver, chain, chain.fields(), 0, arguments, last);
  }

  private @Nullable Object variable(
      @Nullable Object dot, Variable variable, List<Operand> arguments, @Nullable Object last)
      throws TemplateException {
    at(variable);
    Object value = values[variable(variable.name())];
    if (variable.fields().isEmpty()) {
      notAFunction(arguments.isEmpty() ? List.of(variable) : arguments, last);
      return value;
    }
    return fields(dot, value, variable, variable.fields(), 0, arguments, last);
  }

  private @Nullable Object fields(
      @Nullable Object dot,
      @Nullable Object start,
      Node current,
      List<String> names,
      int from,
      List<Operand> arguments,
      @Nullable Object last)
      throws TemplateException {
    Object receiver = start;
    int end = names.size() - 1;
    for (int i = from; i < end; i++) {
      receiver = field(dot, names.get(i), current, NO_ARGUMENTS, MISSING, receiver);
    }
    return field(dot, names.get(end), current, arguments, last, receiver);
  }

  private @Nullable Object field(
      @Nullable Object dot,
      String name,
      Node current,
      List<Operand> arguments,
      @Nullable Object last,
      @Nullable Object boxed)
      throws TemplateException {
    if (boxed == null) {
      if (missingKey == MissingKey.ERROR) {
        throw error("nil data; no entry for key " + GoText.quote(name));
      }
      return null;
    }
    Object receiver = indirect(boxed);
    if (receiver instanceof Boxed) {
      throw error("nil pointer evaluating interface {}." + name);
    }
    Function method = Values.methods(receiver).method(name);
    if (method != null) {
      return invoke(dot, method, current, name, arguments, last);
    }
    boolean hasArguments = arguments.size() > 1 || !(last instanceof Missing);
    switch (receiver) {
      case Struct struct -> {
        int index = struct.fields().indexOf(name);
        if (index >= 0) {
          if (hasArguments) {
            throw error(name + " has arguments but cannot be invoked as function");
          }
          return struct.fields().get(index);
        }
      }
      case GoMap map when GoType.STRING.assignableTo(map.type().key()) -> {
        if (hasArguments) {
          throw error(name + " is not a method but has arguments");
        }
        Map<?, ?> entries = map.entries();
        Object element = entries == null ? null : entries.get(name);
        if (element != null || (entries != null && entries.containsKey(name))) {
          return Data.of(element, map.type().element());
        }
        return switch (missingKey) {
          case DEFAULT -> null;
          case ZERO -> Values.zero(map.type().element());
          case ERROR -> throw error("map has no entry for key " + GoText.quote(name));
        };
      }
      case Pointer nil ->
          throw error("nil pointer evaluating " + Values.typeName(boxed) + "." + name);
      case null, default -> {}
    }
    throw error("can't evaluate field " + name + " in type " + Values.typeName(boxed));
  }

  private @Nullable Object function(
      @Nullable Object dot,
      Identifier identifier,
      Node whole,
      List<Operand> arguments,
      @Nullable Object last)
      throws TemplateException {
    at(identifier);
    String name = identifier.name();
    Function function = functions.get(name);
    if (function == null) {
      function = template.function(name);
    }
    if (function == null) {
      throw error(GoText.quote(name) + " is not a defined function");
    }
    return invoke(dot, function, whole, name, arguments, last);
  }

  private @Nullable Object invoke(
      @Nullable Object dot,
      Function function,
      Node current,
      String name,
      List<Operand> operands,
      @Nullable Object last)
      throws TemplateException {
    int given = Math.max(0, operands.size() - 1);
    GoType type = function.type();
    List<GoType> parameters = type.parameters();
    int count = last instanceof Missing ? given : given + 1;
    int fixed = parameters.size();
    if (type.variadic()) {
      fixed--;
      if (count < fixed) {
        throw error(
            "wrong number of args for " + name + ": want at least " + fixed + " got " + given);
      }
    } else if (count != fixed) {
      throw error("wrong number of args for " + name + ": want " + fixed + " got " + count);
    }
    if (function.body() instanceof Builtins.Logic logic) {
      return logic(dot, logic.or(), operands, given, last);
    }
    Object[] arguments = new Object[count];
    for (int i = 0; i < given; i++) {
      GoType parameter = parameters.get(Math.min(i, parameters.size() - 1));
      arguments[i] = argument(dot, parameter, operands.get(i + 1));
    }
    if (!(last instanceof Missing)) {
      GoType parameter = parameters.get(Math.min(count - 1, parameters.size() - 1));
      arguments[given] = valid(last, parameter);
    }
    try {
      if (function.body() instanceof Builtins.ByName) {
        return budget.counted(function.body(), arguments, template.expandNamed(this, arguments));
      }
      return budget.call(function.body(), arguments);
    } catch (GoError e) {
      at(current);
      throw error("error calling " + name + ": " + e.text(), e.getCause());
    } catch (RuntimeException e) {
      at(current);
      throw error("error calling " + name + ": " + e, e);
    }
  }

  /** {@code and} and {@code or} look only at as many arguments as they need. */
  private @Nullable Object logic(
      @Nullable Object dot, boolean or, List<Operand> operands, int given, @Nullable Object last)
      throws TemplateException {
    Object value = null;
    for (int i = 1; i <= given; i++) {
      value = argument(dot, GoType.REFLECT, operands.get(i));
      if (Values.truth(value) == or) {
        return value;
      }
    }
    return last instanceof Missing ? value : valid(last, GoType.REFLECT);
  }

  /** Makes sure that a value can be given where a type is asked for. */
  private @Nullable Object valid(@Nullable Object value, @Nullable GoType type)
      throws TemplateException {
    if (value == null) {
      if (type == null || type == GoType.REFLECT || type.isAny()) {
        return null;
      }
      if (type.canBeNil()) {
        return Values.zero(type);
      }
      throw error("invalid value; expected " + type);
    }
    if (type == null || type == GoType.REFLECT) {
      return value;
    }
    if (type.isAny()) {
      return Values.unbox(value);
    }
    if (typeOf(value).assignableTo(type)) {
      return value;
    }
    Object inner = value;
    if (value instanceof Boxed box && box.value() != null) {
      inner = box.value();
      if (inner == null || typeOf(inner).assignableTo(type)) {
        return inner;
      }
    }
    GoType actual = typeOf(inner);
    if (inner instanceof Pointer pointer && actual.element().assignableTo(type)) {
      if (pointer.target() == null) {
        throw error("dereference of nil pointer of type " + type);
      }
      return pointer.target();
    }
    if (inner instanceof Struct && type.kind() == Kind.POINTER && type.element() == actual) {
      return new Pointer(type, inner);
    }
    throw error("wrong type for value; expected " + type + "; got " + actual);
  }

  private static GoType typeOf(@Nullable Object value) {
    GoType type = Values.type(value);
    return type == null ? GoType.ANY : type;
  }

  private @Nullable Object argument(@Nullable Object dot, @Nullable GoType type, Operand operand)
      throws TemplateException {
    at(operand);
    switch (operand) {
      case Dot d -> {
        return valid(dot, type);
      }
      case Nil n -> {
        if (type != null && !type.canBeNil()) {
          throw error("cannot assign nil to " + type);
        }
        return type == null ? null : Values.unbox(Values.zero(type));
      }
      case Field f -> {
        return valid(field(dot, f, NO_ARGUMENTS, MISSING), type);
      }
      case Variable v -> {
        return valid(variable(dot, v, NO_ARGUMENTS, MISSING), type);
      }
      case Pipe p -> {
        return valid(pipeline(dot, p), type);
      }
      case Identifier i -> {
        return valid(function(dot, i, i, NO_ARGUMENTS, MISSING), type);
      }
      case Chain c -> {
        return valid(chain(dot, c, NO_ARGUMENTS, MISSING), type);
      }
      case Bool b -> {
        return constant(b, type);
      }
      case Num n -> {
        return constant(n, type);
      }
      case Str s -> {
        return constant(s, type);
      }
    }
  }

  /** A constant as the type that is asked for. */
  private @Nullable Object constant(Operand operand, @Nullable GoType type)
      throws TemplateException {
    if (type == null || type == GoType.REFLECT || type.isAny()) {
      return switch (operand) {
        case Bool b -> b.value();
        case Str s -> s.text();
        case Num n -> ideal(n);
        default -> throw new IllegalStateException();
      };
    }
    switch (type.kind()) {
      case BOOL -> {
        if (operand instanceof Bool b) {
          return named(type, GoType.BOOL, b.value());
        }
        throw error("expected bool; found " + operand);
      }
      case STRING -> {
        if (operand instanceof Str s) {
          return named(type, GoType.STRING, s.text());
        }
        throw error("expected string; found " + operand);
      }
      case INT -> {
        if (operand instanceof Num n && n.value().integer() != null) {
          return named(type, GoType.INT, n.value().integer());
        }
        throw error("expected integer; found " + operand);
      }
      case UINT -> {
        if (operand instanceof Num n && n.value().unsigned() != null) {
          return new Scalar(type, n.value().unsigned());
        }
        throw error("expected unsigned integer; found " + operand);
      }
      case FLOAT -> {
        if (operand instanceof Num n && n.value().floating() != null) {
          return named(type, GoType.FLOAT64, n.value().floating());
        }
        throw error("expected float; found " + operand);
      }
      case COMPLEX -> {
        if (operand instanceof Num n && n.value().complex() instanceof Complex c) {
          return c;
        }
        throw error("expected complex; found " + operand);
      }
      default -> throw error("can't handle " + operand + " for arg of type " + type);
    }
  }

  private static Object named(GoType type, GoType plain, Object value) {
    return type == plain ? value : new Scalar(type, value);
  }
}
