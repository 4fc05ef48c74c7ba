package io.narthex.kernel.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.command.Command;
import io.narthex.api.command.Invocation;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommandsTest {
  @Test
  void flagsOfPromtoolMayStandBeforeTheWords() {
    assertThat(words("--experimental promql format a+b"))
        .containsExactly("promql", "format", "a+b");
    assertThat(words("--enable-feature=x --experimental --enable-feature y promql format -t q"))
        .containsExactly("promql", "format", "--enable-feature=x", "--enable-feature=y", "-t", "q");
    assertThat(words("tsdb list")).containsExactly("tsdb", "list");
    assertThat(words("--experimental --help")).containsExactly("--experimental", "--help");
    assertThat(words("--experimental")).containsExactly("--experimental");
    assertThat(words("--version")).containsExactly("--version");
    assertThat(Commands.wordsFirst("prometheus", List.of("--enable-feature", "x", "y")))
        .containsExactly("--enable-feature", "x", "y");
  }

  @Test
  void flagsMayStandBetweenTheWords() {
    List<String> words = List.of("tsdb", "make", "rules");
    assertThat(Commands.behind(words, List.of("tsdb", "make", "rules", "a", "-r")))
        .containsExactly("a", "-r");
    assertThat(Commands.behind(words, List.of("tsdb", "make", "-r", "--x=1", "rules", "a")))
        .containsExactly("-r", "--x=1", "a");
    assertThat(Commands.behind(words, List.of("tsdb", "make"))).isNull();
    assertThat(Commands.behind(words, List.of("tsdb", "make", "-r"))).isNull();
    assertThat(Commands.behind(words, List.of("tsdb", "make", "else", "rules"))).isNull();
    assertThat(Commands.behind(words, List.of("-r", "tsdb", "make", "rules"))).isNull();
  }

  @Test
  void summariesStandInOneColumnHoweverLongTheWordsAre() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Commands.list(
        List.of(new Named("query", "instant"), new Named("promql", "label-matchers", "delete")),
        new PrintStream(out, true, StandardCharsets.UTF_8));
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .containsExactly(
            "  query instant                Does it.", "  promql label-matchers delete Does it.");
  }

  private record Named(List<String> path) implements Command {
    Named(String... path) {
      this(List.of(path));
    }

    @Override
    public String program() {
      return "promtool";
    }

    @Override
    public String summary() {
      return "Does it.";
    }

    @Override
    public String help() {
      return "";
    }

    @Override
    public int run(Invocation invocation) {
      return 0;
    }
  }

  private static List<String> words(String call) {
    return Commands.wordsFirst("promtool", List.of(call.split(" ")));
  }
}
