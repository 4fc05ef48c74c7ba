package io.narthex.rules.groups;

import io.narthex.api.command.Command;
import io.narthex.api.command.Invocation;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.plugin.Extensions;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import org.pf4j.Extension;

/**
 * {@code promtool test}: takes the flag that stands before the word of a command, as in {@code
 * promtool test --junit=results.xml rules tests.yml}.
 */
@Extension
public final class TestGroupCommand implements Command {
  private final ConfigFiles files;
  private final Extensions extensions;

  /** Made by the kernel. */
  @Inject
  public TestGroupCommand(ConfigFiles files, Extensions extensions) {
    this.files = files;
    this.extensions = extensions;
  }

  @Override
  public String program() {
    return "promtool";
  }

  @Override
  public List<String> path() {
    return List.of("test");
  }

  @Override
  public String summary() {
    return "Runs one of the tests below, with the flag before its word.";
  }

  @Override
  public String help() {
    return """
    Usage: promtool test [flags] <command> [<args> ...]

    Flags, here or behind the command:
    """
        + TestRulesCommand.COMMON_FLAGS
        + """


        Commands:
          promql    run test scripts of the expression language
          rules     run unit tests of rules\
        """;
  }

  @Override
  public int run(Invocation call) throws Exception {
    List<String> words = new ArrayList<>(call.arguments());
    int at = 0;
    while (at < words.size() && words.get(at).startsWith("-")) {
      at += words.get(at).equals("--junit") ? 2 : 1;
    }
    if (at >= words.size()) {
      return wrong(call, "must select a subcommand of 'test'");
    }
    String word = words.remove(at);
    if (!word.equals("rules")) {
      return wrong(call, "expected command but got \"" + word + "\"");
    }
    return new TestRulesCommand(files, extensions)
        .run(
            new Invocation(
                words,
                call.in(),
                call.out(),
                call.err(),
                call.terminal(),
                call.workingDirectory()));
  }

  private static int wrong(Invocation call, String message) {
    call.err().println("promtool: error: " + message + ", try --help");
    return 1;
  }
}
