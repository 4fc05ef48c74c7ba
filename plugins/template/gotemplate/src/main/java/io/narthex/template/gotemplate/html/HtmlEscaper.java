package io.narthex.template.gotemplate.html;

import io.narthex.api.template.TemplateException;
import io.narthex.template.gotemplate.html.Context.Attribute;
import io.narthex.template.gotemplate.html.Context.Delim;
import io.narthex.template.gotemplate.html.Context.Element;
import io.narthex.template.gotemplate.html.Context.JsSlash;
import io.narthex.template.gotemplate.html.Context.Problem;
import io.narthex.template.gotemplate.html.Context.State;
import io.narthex.template.gotemplate.html.Context.UrlPart;
import io.narthex.template.gotemplate.html.Transitions.Step;
import io.narthex.template.gotemplate.parse.Node;
import io.narthex.template.gotemplate.parse.Node.Action;
import io.narthex.template.gotemplate.parse.Node.Break;
import io.narthex.template.gotemplate.parse.Node.Call;
import io.narthex.template.gotemplate.parse.Node.Command;
import io.narthex.template.gotemplate.parse.Node.Continue;
import io.narthex.template.gotemplate.parse.Node.Identifier;
import io.narthex.template.gotemplate.parse.Node.If;
import io.narthex.template.gotemplate.parse.Node.Nodes;
import io.narthex.template.gotemplate.parse.Node.Operand;
import io.narthex.template.gotemplate.parse.Node.Pipe;
import io.narthex.template.gotemplate.parse.Node.Range;
import io.narthex.template.gotemplate.parse.Node.Statement;
import io.narthex.template.gotemplate.parse.Node.Text;
import io.narthex.template.gotemplate.parse.Node.With;
import io.narthex.template.gotemplate.parse.Tree;
import io.narthex.template.gotemplate.value.GoText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds out in which context each action of a template stands, and puts the functions behind it
 * that make its value safe there. A template that is called in several contexts becomes several.
 */
public final class HtmlEscaper {
  private static final String PREFIX = "_html_template_";

  private static final Map<String, String> SAME =
      Map.of(
          PREFIX + "attrescaper", "html",
          PREFIX + "htmlescaper", "html",
          PREFIX + "rcdataescaper", "html",
          PREFIX + "urlescaper", "urlquery",
          PREFIX + "urlnormalizer", "urlquery");

  private static final Map<String, Set<String>> NEEDLESS =
      Map.of(
          PREFIX + "commentescaper",
              Set.of(PREFIX + "attrescaper", PREFIX + "nospaceescaper", PREFIX + "htmlescaper"),
          PREFIX + "cssescaper", Set.of(PREFIX + "attrescaper"),
          PREFIX + "jsregexpescaper", Set.of(PREFIX + "attrescaper"),
          PREFIX + "jsstrescaper", Set.of(PREFIX + "attrescaper"),
          PREFIX + "jstmpllitescaper", Set.of(PREFIX + "attrescaper"),
          PREFIX + "urlescaper", Set.of(PREFIX + "urlnormalizer"));

  private static final List<String> SCRIPT_MARKS = List.of("script", "/script", "!--");

  private final Map<String, Tree> trees;

  /** The contexts at the ends of templates, and what was found for each of their nodes. */
  private Findings found = new Findings();

  /** Loops within loops may be looked at twice each, and so those in them four times. */
  private static final int MOST_LOOKS = 10_000_000;

  private int looks;

  private @Nullable Loop loop;
  private Tree current;

  private HtmlEscaper(Map<String, Tree> trees, Tree main) {
    this.trees = trees;
    this.current = main;
  }

  /** What was found out so far. */
  private static final class Findings {
    final Map<String, Context> outputs = new HashMap<>();
    final Map<String, Tree> derived = new HashMap<>();
    final Set<String> called = new HashSet<>();
    final Map<String, Map<Node, Object>> edits = new HashMap<>();

    void addAll(Findings other) {
      outputs.putAll(other.outputs);
      derived.putAll(other.derived);
      called.addAll(other.called);
      other.edits.forEach((name, edits) ->
          this.edits.computeIfAbsent(name, n -> new IdentityHashMap<>()).putAll(edits));
    }
  }

  /** A place where a loop is left or goes on. */
  private record Exit(Context context, Node node, int line) {}

  private static final class Loop {
    final List<Exit> breaks = new ArrayList<>();
    final List<Exit> continues = new ArrayList<>();
  }

  /**
   * Makes a template safe, and all that it calls.
   *
   * @param trees all templates by name; the main one is among them or not
   * @return all templates, escaped where they are called; the main one under its name
   * @throws TemplateException when a context cannot be found out, or is none for an action
   */
  public static Map<String, Tree> escape(Tree main, Map<String, Tree> trees)
      throws TemplateException {
    Map<String, Tree> all = new HashMap<>(trees);
    all.put(main.name(), main);
    HtmlEscaper escaper = new HtmlEscaper(all, main);
    Context end;
    try {
      end = escaper.tree(Context.TEXT, null, main.name(), 0).context();
    } catch (StackOverflowError e) {
      throw new TemplateException("html/template:" + main.name() + ": nested too deeply");
    }
    if (end.error() != null) {
      throw new TemplateException(end.error().message(main.name()));
    }
    if (end.state() != State.TEXT) {
      throw new TemplateException(
          "html/template:" + main.name() + ": ends in a non-text context: " + end);
    }
    Map<String, Tree> escaped = new HashMap<>();
    for (String name : escaper.found.outputs.keySet()) {
      Tree tree = escaper.template(name);
      if (tree != null) {
        Map<Node, Object> edits = escaper.found.edits.getOrDefault(name, Map.of());
        escaped.put(
            name, new Tree(name, tree.source(), tree.text(), new Editor(edits).list(tree.root())));
      }
    }
    return escaped;
  }

  /** A problem at a node of the template that is looked at. */
  private Context error(Node node, String description) {
    return error(node.position(), description);
  }

  private Context error(int position, String description) {
    return Context.error(new Problem(description, current.location(position), 0));
  }

  private @Nullable Tree template(String name) {
    Tree tree = trees.get(name);
    return tree != null ? tree : found.derived.get(name);
  }

  private void edit(Node node, Object edit) {
    found.edits.computeIfAbsent(current.name(), n -> new IdentityHashMap<>()).put(node, edit);
  }

  private Context list(Context start, @Nullable Nodes list) {
    Context c = start;
    if (list != null) {
      for (Statement node : list.nodes()) {
        c = statement(c, node);
        if (c.state() == State.DEAD) {
          break;
        }
      }
    }
    return c;
  }

  private Context statement(Context c, Statement statement) {
    if (++looks > MOST_LOOKS) {
      return error(statement, "more than " + MOST_LOOKS + " statements, with those of loops again");
    }
    return switch (statement) {
      case Text t -> text(c, t);
      case Action a -> action(c, a);
      case Break b -> {
        if (loop != null) {
          loop.breaks.add(new Exit(c, b, b.line()));
        }
        yield Context.TEXT.with(State.DEAD);
      }
      case Continue n -> {
        if (loop != null) {
          loop.continues.add(new Exit(c, n, n.line()));
        }
        yield Context.TEXT.with(State.DEAD);
      }
      case If i -> join(list(c, i.list()), list(c, i.otherwise()), i, "if");
      case With w -> join(list(c, w.list()), list(c, w.otherwise()), w, "with");
      case Range r -> range(c, r);
      case Call call -> {
        Named end = tree(c, call, call.name(), call.line());
        if (!end.name().equals(call.name())) {
          edit(call, end.name());
        }
        yield end.context();
      }
    };
  }

  private Context action(Context start, Action action) {
    if (!action.pipe().variables().isEmpty()) {
      return start;
    }
    Context c = start.nudged();
    List<Command> commands = action.pipe().commands();
    for (int i = 0; i < commands.size(); i++) {
      if (commands.get(i).arguments().getFirst() instanceof Identifier function
          && isPredefined(function.name())
          && (i < commands.size() - 1
              || (c.state() == State.ATTR
                  && c.delim() == Delim.SPACE_OR_TAG_END
                  && function.name().equals("html")))) {
        return error(
            action,
            "predefined escaper " + GoText.quote(function.name()) + " disallowed in template");
      }
    }
    List<String> escapers = new ArrayList<>(3);
    switch (c.state()) {
      case ERROR -> {
        return c;
      }
      case URL, CSS_DQ_STRING, CSS_SQ_STRING, CSS_DQ_URL, CSS_SQ_URL, CSS_URL -> {
        if (c.url() == UrlPart.UNKNOWN) {
          return error(action, action + " appears in an ambiguous context within a URL");
        }
        if (c.url() == UrlPart.NONE) {
          escapers.add("urlfilter");
        }
        if (c.url() == UrlPart.QUERY_OR_FRAGMENT) {
          escapers.add("urlescaper");
        } else if (c.state() == State.CSS_DQ_STRING || c.state() == State.CSS_SQ_STRING) {
          escapers.add("cssescaper");
        } else {
          escapers.add("urlnormalizer");
        }
      }
      case JS -> {
        escapers.add("jsvalescaper");
        c = c.with(JsSlash.DIVISION);
      }
      case JS_DQ_STRING, JS_SQ_STRING -> escapers.add("jsstrescaper");
      case JS_TEMPLATE -> escapers.add("jstmpllitescaper");
      case JS_REGEXP -> escapers.add("jsregexpescaper");
      case CSS -> escapers.add("cssvaluefilter");
      case TEXT -> escapers.add("htmlescaper");
      case RCDATA -> escapers.add("rcdataescaper");
      case ATTR -> {}
      case ATTR_NAME, TAG -> {
        c = c.with(State.ATTR_NAME);
        escapers.add("htmlnamefilter");
      }
      case SRCSET -> escapers.add("srcsetescaper");
      case HTML_COMMENT,
          JS_BLOCK_COMMENT,
          JS_LINE_COMMENT,
          JS_HTML_OPEN_COMMENT,
          JS_HTML_CLOSE_COMMENT,
          CSS_BLOCK_COMMENT,
          CSS_LINE_COMMENT ->
          escapers.add("commentescaper");
      case AFTER_NAME, BEFORE_VALUE, DEAD ->
          throw new IllegalStateException("unexpected state " + c.state());
    }
    switch (c.delim()) {
      case NONE -> {}
      case SPACE_OR_TAG_END -> escapers.add("nospaceescaper");
      case DOUBLE_QUOTE, SINGLE_QUOTE -> escapers.add("attrescaper");
    }
    edit(action, escapers.stream().map(name -> PREFIX + name).toList());
    return c;
  }

  private static boolean isPredefined(String function) {
    return function.equals("html") || function.equals("urlquery");
  }

  private Context join(Context a, Context b, Node node, String name) {
    if (a.isError()) {
      return a;
    }
    if (b.isError()) {
      return b;
    }
    if (a.state() == State.DEAD) {
      return b;
    }
    if (b.state() == State.DEAD || a.equals(b)) {
      return a;
    }
    if (a.with(b.url()).equals(b)) {
      return b.with(UrlPart.UNKNOWN);
    }
    if (a.with(b.js()).equals(b)) {
      return b.with(JsSlash.UNKNOWN);
    }
    Context c = a.nudged();
    Context d = b.nudged();
    if (!(c.equals(a) && d.equals(b))) {
      Context joined = join(c, d, node, name);
      if (!joined.isError()) {
        return joined;
      }
    }
    return error(node, "{{" + name + "}} branches end in different contexts: " + a + ", " + b);
  }

  private Context range(Context start, Range range) {
    Loop outer = loop;
    loop = new Loop();
    Context once = list(start, range.list());
    Context c = once;
    if (!c.isError()) {
      c = joinExits(c, loop);
    }
    if (c.isError()) {
      loop = outer;
      return c;
    }
    Context again = once;
    if (!c.equals(start)) {
      // Once more, from where the first time ended; from where it began it would end there again.
      loop = new Loop();
      Findings before = found;
      found = copy(before);
      again = list(c, range.list());
      found = before;
    }
    c = join(c, again, range, "range");
    if (c.isError()) {
      loop = outer;
      return annotated(c, "on range loop re-entry: ", range.line());
    }
    c = joinExits(c, loop);
    loop = outer;
    if (c.isError()) {
      return c;
    }
    return join(c, list(start, range.otherwise()), range, "range");
  }

  private static Context annotated(Context c, String prefix, int line) {
    if (c.error() != null) {
      c.error().behind(prefix, line);
    }
    return c;
  }

  private Context joinExits(Context start, Loop left) {
    Context c = start;
    for (Exit exit : left.breaks) {
      c = join(c, exit.context(), exit.node(), "range");
      if (c.isError()) {
        return annotated(c, "at range loop break: ", exit.line());
      }
    }
    for (Exit exit : left.continues) {
      c = join(c, exit.context(), exit.node(), "range");
      if (c.isError()) {
        return annotated(c, "at range loop continue: ", exit.line());
      }
    }
    return c;
  }

  private static Findings copy(Findings other) {
    Findings copy = new Findings();
    copy.outputs.putAll(other.outputs);
    copy.derived.putAll(other.derived);
    return copy;
  }

  /** A context behind a template, and the name that the template has in its context. */
  private record Named(Context context, String name) {}

  private Named tree(Context c, @Nullable Node node, String name, int line) {
    String mangled = c.mangle(name);
    found.called.add(mangled);
    Context known = found.outputs.get(mangled);
    if (known != null) {
      return new Named(known, mangled);
    }
    Tree tree = template(name);
    if (tree == null) {
      String description = "no such template " + GoText.quote(name);
      Context missing =
          node == null
              ? Context.error(new Problem(description, null, line))
              : error(node, description);
      return new Named(missing, mangled);
    }
    if (!mangled.equals(name)) {
      Tree derived = template(mangled);
      if (derived == null) {
        derived = new Tree(mangled, tree.source(), tree.text(), tree.root());
        found.derived.put(mangled, derived);
      }
      tree = derived;
    }
    return new Named(output(c, tree), mangled);
  }

  private Context output(Context c, Tree tree) {
    Attempt first = body(c, tree);
    if (first.good()) {
      return first.end();
    }
    Attempt second = body(first.end(), tree);
    if (second.good()) {
      return second.end();
    }
    if (first.end().isError()) {
      return first.end();
    }
    Tree caller = current;
    current = tree;
    Context error =
        error(tree.root().position(), "cannot compute output context for template " + tree.name());
    current = caller;
    return error;
  }

  private record Attempt(Context end, boolean good) {}

  /** Looks through a template under the assumption that it ends in a context. */
  private Attempt body(Context c, Tree tree) {
    found.outputs.put(tree.name(), c);
    Findings before = found;
    Tree caller = current;
    found = copy(before);
    current = tree;
    Context end = list(c, tree.root());
    Findings here = found;
    found = before;
    current = caller;
    boolean good = !end.isError() && (!here.called.contains(tree.name()) || c.equals(end));
    if (good) {
      here.outputs.put(tree.name(), here.outputs.getOrDefault(tree.name(), c));
      found.addAll(here);
    }
    return new Attempt(end, good);
  }

  private Context text(Context start, Text text) {
    String s = text.text();
    StringBuilder out = new StringBuilder();
    Context c = start;
    int written = 0;
    int i = 0;
    while (i != s.length()) {
      Context here = c;
      Step step = Transitions.within(s, i, rest -> afterText(here, rest));
      Context next = step.context();
      int end = i + step.length();
      if (c.state() == State.TEXT || c.state() == State.RCDATA) {
        int last = end;
        if (next.state() != c.state()) {
          int tag = s.lastIndexOf('<', end - 1);
          last = tag >= i ? tag : end;
        }
        for (int j = i; j < last; j++) {
          if (s.charAt(j) == '<' && !s.regionMatches(true, j, "<!DOCTYPE", 0, 9)) {
            out.append(s, written, j).append("&lt;");
            written = j + 1;
          }
        }
      } else if (c.state().isComment() && c.delim() == Delim.NONE) {
        if (c.state() == State.JS_BLOCK_COMMENT) {
          // A comment counts as the end of a line where it has one.
          boolean line =
              Transitions.indexOfAny(s.substring(written, end), 0, "\n\r\u2028\u2029") >= 0;
          out.append(line ? '\n' : ' ');
        } else if (c.state() == State.CSS_BLOCK_COMMENT) {
          out.append(' ');
        }
        written = end;
      }
      if (c.state() != next.state() && next.state().isComment() && next.delim() == Delim.NONE) {
        int opener =
            switch (next.state()) {
              case HTML_COMMENT, JS_HTML_OPEN_COMMENT -> 4;
              case JS_HTML_CLOSE_COMMENT -> 3;
              default -> 2;
            };
        out.append(s, written, end - opener);
        written = end;
      }
      if (c.state().isScriptLiteral()) {
        for (int j = i; j < end; j++) {
          if (s.charAt(j) == '<' && isScriptMark(s, j + 1, end)) {
            out.append(s, written, j).append("\\x3C");
            written = j + 1;
          }
        }
      }
      if (i == end && c.state() == next.state()) {
        throw new IllegalStateException("no progress from " + c + " to " + next);
      }
      c = next;
      i = end;
    }
    if (written != 0 && !c.isError()) {
      if (!c.state().isComment() || c.delim() != Delim.NONE) {
        out.append(s, written, s.length());
      }
      edit(text, out.toString());
    }
    return c;
  }

  /** Whether what stands behind a {@code <} means something to HTML within a script. */
  private static boolean isScriptMark(String s, int at, int end) {
    for (String mark : SCRIPT_MARKS) {
      if (at + mark.length() <= end && s.regionMatches(true, at, mark, 0, mark.length())) {
        return true;
      }
    }
    return false;
  }

  private static Step afterText(Context start, String s) {
    Context c = start;
    if (c.delim() == Delim.NONE) {
      Step end = Transitions.specialTagEnd(c, s);
      return end.length() == 0 ? end : Transitions.step(c, s.substring(0, end.length()));
    }
    int i = Transitions.indexOfAny(s, 0, c.delim().ends);
    if (i < 0) {
      i = s.length();
    }
    if (c.delim() == Delim.SPACE_OR_TAG_END) {
      int bad = Transitions.indexOfAny(s.substring(0, i), 0, "\"'<=`");
      if (bad >= 0) {
        return new Step(
            Context.error(
                GoText.quote(s.substring(bad, bad + 1))
                    + " in unquoted attr: "
                    + GoText.quote(s.substring(0, i))),
            s.length());
      }
    }
    if (i == s.length()) {
      // The value goes on behind this text.
      String unescaped = Entities.unescape(s);
      while (!unescaped.isEmpty()) {
        Step step = Transitions.step(c, unescaped);
        c = step.context();
        unescaped = unescaped.substring(step.length());
      }
      return new Step(c, s.length());
    }
    Element element = c.element();
    if (c.state() == State.ATTR
        && c.element() == Element.SCRIPT
        && c.attribute() == Attribute.SCRIPT_TYPE
        && !Attributes.isScript(s.substring(0, i))) {
      element = Element.NONE;
    }
    if (c.delim() != Delim.SPACE_OR_TAG_END) {
      i++;
    }
    return new Step(Context.TEXT.with(State.TAG).with(element), i);
  }

  /** Makes the template that was found to be safe. */
  private record Editor(Map<Node, Object> edits) {
    Nodes list(Nodes list) {
      List<Statement> nodes = new ArrayList<>(list.nodes().size());
      for (Statement node : list.nodes()) {
        nodes.add(statement(node));
      }
      return new Nodes(list.position(), List.copyOf(nodes));
    }

    private @Nullable Nodes otherwise(@Nullable Nodes list) {
      return list == null ? null : list(list);
    }

    private Statement statement(Statement statement) {
      Object edit = edits.get(statement);
      return switch (statement) {
        case Text t -> edit instanceof String s ? new Text(t.position(), s) : t;
        case Action a ->
            edit instanceof List<?> names
                ? new Action(a.position(), a.line(), piped(a.pipe(), names))
                : a;
        case Call c ->
            edit instanceof String name ? new Call(c.position(), c.line(), name, c.pipe()) : c;
        case If i ->
            new If(i.position(), i.line(), i.pipe(), list(i.list()), otherwise(i.otherwise()));
        case With w ->
            new With(w.position(), w.line(), w.pipe(), list(w.list()), otherwise(w.otherwise()));
        case Range r ->
            new Range(r.position(), r.line(), r.pipe(), list(r.list()), otherwise(r.otherwise()));
        case Break b -> b;
        case Continue c -> c;
      };
    }

    /** A pipeline that ends with escapers, but for those that are there already. */
    private static Pipe piped(Pipe pipe, List<?> escapers) {
      if (escapers.isEmpty()) {
        return pipe;
      }
      String[] names = escapers.stream().map(String::valueOf).toArray(String[]::new);
      List<Command> commands = new ArrayList<>(pipe.commands());
      Command last = commands.getLast();
      if (last.arguments().getFirst() instanceof Identifier id && isPredefined(id.name())) {
        String predefined = id.name();
        if (commands.size() == 1 && last.arguments().size() > 1) {
          // {{html a b}} becomes {{_eval_args_ a b | html}}.
          List<Operand> arguments = new ArrayList<>(last.arguments());
          arguments.set(0, new Identifier(id.position(), "_eval_args_"));
          commands.set(0, new Command(last.position(), List.copyOf(arguments)));
          append(commands, predefined, pipe.position());
        }
        boolean duplicate = false;
        for (int i = 0; i < names.length; i++) {
          if (normal(names[i]).equals(normal(predefined))) {
            names[i] = predefined;
            duplicate = true;
          }
        }
        if (duplicate) {
          commands.removeLast();
        }
      }
      Set<String> present = new HashSet<>();
      for (Command command : commands) {
        if (command.arguments().getFirst() instanceof Identifier id) {
          present.add(normal(id.name()));
        }
      }
      for (String name : names) {
        if (!present.contains(normal(name))) {
          append(commands, name, pipe.position());
        }
      }
      return new Pipe(
          pipe.position(), pipe.line(), pipe.assigns(), pipe.variables(), List.copyOf(commands));
    }

    private static String normal(String name) {
      return SAME.getOrDefault(name, name);
    }

    private static void append(List<Command> commands, String name, int position) {
      if (!commands.isEmpty()
          && commands.getLast().arguments().getFirst() instanceof Identifier last
          && NEEDLESS.getOrDefault(last.name(), Set.of()).contains(name)) {
        return;
      }
      commands.add(new Command(position, List.of(new Identifier(position, name))));
    }
  }
}
