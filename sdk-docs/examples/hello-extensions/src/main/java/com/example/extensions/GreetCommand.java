package com.example.extensions;

import io.narthex.api.command.Command;
import io.narthex.api.command.Invocation;
import java.util.List;
import org.pf4j.Extension;

/** {@code bin/narthex greet NAME}. */
@Extension
public final class GreetCommand implements Command {
  @Override
  public String program() {
    return "narthex";
  }

  @Override
  public List<String> path() {
    return List.of("greet");
  }

  @Override
  public String summary() {
    return "Greets.";
  }

  @Override
  public String help() {
    return "Arguments:\n  NAME    whom to greet";
  }

  @Override
  public int run(Invocation invocation) {
    if (invocation.arguments().size() != 1) {
      invocation.err().println("narthex: greet: want one argument: NAME");
      return 2;
    }
    invocation.out().println("hello " + invocation.arguments().getFirst());
    return 0;
  }
}
