package io.narthex.template.gotemplate.parse;

import io.narthex.template.gotemplate.value.GoText;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node of a template. {@code position} is an offset in the text, in chars. {@code toString} is
 * what error messages quote.
 */
public sealed interface Node {
  int position();

  /** What stands between delimiters, or between them and others. */
  sealed interface Statement extends Node {}

  /** What an argument can be. */
  sealed interface Operand extends Node {}

  record Nodes(int position, List<Statement> nodes) {
    @Override
    public String toString() {
      StringBuilder out = new StringBuilder();
      nodes.forEach(out::append);
      return out.toString();
    }
  }

  record Text(int position, String text) implements Statement {
    @Override
    public String toString() {
      return text;
    }
  }

  record Action(int position, int line, Pipe pipe) implements Statement {
    @Override
    public String toString() {
      return "{{" + pipe + "}}";
    }
  }

  record If(int position, int line, Pipe pipe, Nodes list, @Nullable Nodes otherwise)
      implements Statement {
    @Override
    public String toString() {
      return branch("if", pipe, list, otherwise);
    }
  }

  record With(int position, int line, Pipe pipe, Nodes list, @Nullable Nodes otherwise)
      implements Statement {
    @Override
    public String toString() {
      return branch("with", pipe, list, otherwise);
    }
  }

  record Range(int position, int line, Pipe pipe, Nodes list, @Nullable Nodes otherwise)
      implements Statement {
    @Override
    public String toString() {
      return branch("range", pipe, list, otherwise);
    }
  }

  private static String branch(String name, Pipe pipe, Nodes list, @Nullable Nodes otherwise) {
    String start = "{{" + name + " " + pipe + "}}" + list;
    return (otherwise == null ? start : start + "{{else}}" + otherwise) + "{{end}}";
  }

  record Break(int position, int line) implements Statement {
    @Override
    public String toString() {
      return "{{break}}";
    }
  }

  record Continue(int position, int line) implements Statement {
    @Override
    public String toString() {
      return "{{continue}}";
    }
  }

  record Call(int position, int line, String name, @Nullable Pipe pipe) implements Statement {
    @Override
    public String toString() {
      return "{{template " + GoText.quote(name) + (pipe == null ? "" : " " + pipe) + "}}";
    }
  }

  record Pipe(
      int position, int line, boolean assigns, List<Variable> variables, List<Command> commands)
      implements Operand {
    @Override
    public String toString() {
      StringBuilder out = new StringBuilder();
      for (int i = 0; i < variables.size(); i++) {
        out.append(i > 0 ? ", " : "").append(variables.get(i));
      }
      if (!variables.isEmpty()) {
        out.append(assigns ? " = " : " := ");
      }
      for (int i = 0; i < commands.size(); i++) {
        out.append(i > 0 ? " | " : "").append(commands.get(i));
      }
      return out.toString();
    }
  }

  record Command(int position, List<Operand> arguments) implements Node {
    @Override
    public String toString() {
      StringBuilder out = new StringBuilder();
      for (int i = 0; i < arguments.size(); i++) {
        Operand argument = arguments.get(i);
        out.append(i > 0 ? " " : "");
        out.append(argument instanceof Pipe ? "(" + argument + ")" : argument.toString());
      }
      return out.toString();
    }
  }

  /** The name of a function. */
  record Identifier(int position, String name) implements Operand {
    @Override
    public String toString() {
      return name;
    }
  }

  /** A variable, and fields behind it. */
  record Variable(int position, String name, List<String> fields) implements Operand {
    @Override
    public String toString() {
      return fields.isEmpty() ? name : name + "." + String.join(".", fields);
    }
  }

  record Dot(int position) implements Operand {
    @Override
    public String toString() {
      return ".";
    }
  }

  record Nil(int position) implements Operand {
    @Override
    public String toString() {
      return "nil";
    }
  }

  /** Fields of the dot. */
  record Field(int position, List<String> names) implements Operand {
    @Override
    public String toString() {
      return "." + String.join(".", names);
    }
  }

  /** Fields of something. */
  record Chain(int position, Operand of, List<String> fields) implements Operand {
    @Override
    public String toString() {
      String start = of instanceof Pipe ? "(" + of + ")" : of.toString();
      return start + "." + String.join(".", fields);
    }
  }

  record Bool(int position, boolean value) implements Operand {
    @Override
    public String toString() {
      return Boolean.toString(value);
    }
  }

  record Num(int position, Constant value) implements Operand {
    @Override
    public String toString() {
      return value.text();
    }
  }

  record Str(int position, String quoted, String text) implements Operand {
    @Override
    public String toString() {
      return quoted;
    }
  }
}
