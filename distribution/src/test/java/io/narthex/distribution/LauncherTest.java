package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher with a Java that only says how it was called. */
class LauncherTest {
  private static final String JAVA =
      """
      #!/bin/sh
      echo "I am $0"
      echo "process $$"
      for argument in "$@"; do printf '<%s>\\n' "$argument"; done
      """;

  @TempDir Path temporary;
  private Path home;
  private Path narthex;
  private Path tools;

  @BeforeEach
  void install() throws IOException {
    home = temporary.toRealPath().resolve("with a space/narthex 0.1.0");
    narthex = home.resolve("bin/narthex");
    Files.createDirectories(narthex.getParent());
    // No JDK of this machine is found unless a test puts one there.
    String script =
        Files.readString(Path.of("src/launcher/launcher.sh"))
            .replace("@program@", "narthex")
            .replace("@options@", "-XX:+OneOption -Xanother")
            .replace("@classpath@", "$home/lib/one.jar:$home/plugins/two/lib/two.jar");
    String machine = temporary.toRealPath().resolve("jvm") + "/*";
    assertThat(script).contains("/usr/lib/jvm/* /opt/java/* /opt/jdk*");
    executable(narthex, script.replace("/usr/lib/jvm/* /opt/java/* /opt/jdk*", machine));
    tools = Files.createDirectories(temporary.resolve("tools"));
    Files.copy(
        Path.of("/usr/bin/readlink"),
        tools.resolve("readlink"),
        StandardCopyOption.COPY_ATTRIBUTES);
    Files.createDirectories(home.resolve("lib"));
  }

  @Test
  void handsArgumentsOnAsTheyAre() throws IOException {
    java(home.resolve("runtime"), "25.0.1");

    Ended ended = launch(narthex, "--a=b c", "", "*", "\"quoted\" $HOME `id`", "two\nlines").run();

    assertThat(ended.err()).isEmpty();
    assertThat(ended.status()).isZero();
    assertThat(ended.out())
        .endsWith(
            """
            <-XX:+OneOption>
            <-Xanother>
            <-Dnarthex.program=narthex>
            <-Dnarthex.home=%1$s>
            <-cp>
            <%1$s/lib/one.jar:%1$s/plugins/two/lib/two.jar>
            <io.narthex.kernel.boot.Main>
            <--a=b c>
            <>
            <*>
            <"quoted" $HOME `id`>
            <two
            lines>
            """
                .formatted(home));
  }

  @Test
  void javaTakesItsPlaceSoThatSignalsReachIt() throws IOException {
    java(home.resolve("runtime"), "25.0.1");

    try (Child child = launch(narthex).start()) {
      child.awaitOutput("process " + child.pid() + "\n");
    }
  }

  @Test
  void givesBackTheStatusOfJava() throws IOException {
    java(home.resolve("runtime"), "25.0.1");
    executable(home.resolve("runtime/bin/java"), "#!/bin/sh\nexit 37\n");

    assertThat(launch(narthex).run().status()).isEqualTo(37);
  }

  @Test
  void findsItsInstallationThroughLinksOfLinks() throws IOException {
    java(home.resolve("runtime"), "25.0.1");
    Path elsewhere = Files.createDirectories(temporary.resolve("usr local/bin"));
    Path absolute = Files.createSymbolicLink(elsewhere.resolve("first"), narthex);
    Path relative = Files.createSymbolicLink(elsewhere.resolve("second"), Path.of("../bin/first"));
    Path directory =
        Files.createSymbolicLink(temporary.resolve("current"), home).resolve("bin/narthex");

    for (Path link : List.of(absolute, relative, directory)) {
      Ended ended = launch(link).in(elsewhere).run();
      assertThat(ended.out())
          .as(link + "\n" + ended.err())
          .contains("<-Dnarthex.home=" + home + ">", "I am " + home + "/runtime/bin/java");
    }
  }

  @Test
  void findsItsInstallationByARelativePathFromAnyDirectory() throws IOException {
    java(home.resolve("runtime"), "25.0.1");

    for (String how :
        List.of(
            "cd '" + home + "/bin' && ./narthex",
            "cd '" + home + "/bin' && sh narthex",
            "cd '" + home + "/lib' && ../bin/narthex",
            "cd '" + home.getParent() + "' && 'narthex 0.1.0/bin/narthex'",
            "cd / && PATH=$PATH:'" + home + "/bin' && narthex",
            // Shells look for relative directories there too, and then say which they found.
            "mkdir -p '"
                + temporary
                + "/trap/narthex 0.1.0/bin' && export CDPATH='"
                + temporary
                + "/trap' && cd -- '"
                + home.getParent()
                + "' && 'narthex 0.1.0/bin/narthex'")) {
      Ended ended = Launch.of(Path.of("/bin/sh"), "-c", how).with("PATH", "/usr/bin:/bin").run();
      assertThat(ended.out())
          .as(how + "\n" + ended.err())
          .contains("<-Dnarthex.home=" + home + ">\n");
    }
  }

  @Test
  void prefersTheRuntimeThatComesWithIt() throws IOException {
    java(home.resolve("runtime"), "25.0.1");
    Path other = java(temporary.resolve("other"), "25.0.1");

    Ended ended = launch(narthex).with("JAVA_HOME", other.toString()).run();

    assertThat(ended.out()).contains("I am " + home + "/runtime/bin/java");
  }

  @Test
  void usesTheAheadOfTimeCacheOnlyWithTheRuntimeThatItWasMadeWith() throws IOException {
    Files.createFile(home.resolve("lib/narthex.aot"));
    Path other = java(temporary.resolve("other"), "25.0.1");

    String withOther = launch(narthex).with("JAVA_HOME", other.toString()).run().out();
    java(home.resolve("runtime"), "25.0.1");
    String withOwn = launch(narthex).run().out();

    assertThat(withOther).contains("<-cp>").doesNotContain("AOTCache");
    assertThat(withOwn).contains("<-XX:AOTCache=" + home + "/lib/narthex.aot>");
  }

  @Test
  void takesJavaHomeWhenItHasNoRuntime() throws IOException {
    Path other = java(temporary.resolve("other java"), "25.0.1");
    java(temporary.resolve("jvm/on-the-machine"), "25.0.1");

    Ended ended = launch(narthex).with("JAVA_HOME", other.toString()).run();

    assertThat(ended.out()).contains("I am " + other + "/bin/java");
  }

  @Test
  void takesAFittingJavaOfTheMachineWhenJavaHomeIsTooOld() throws IOException {
    Path old = java(temporary.resolve("jvm/a-17"), "17.0.13");
    java(temporary.resolve("jvm/b-8"), "1.8.0_432");
    java(temporary.resolve("jvm/c-24"), "24");
    Path fits = java(temporary.resolve("jvm/d-25"), "25");
    Files.createDirectories(temporary.resolve("jvm/a-directory-without-java"));

    Ended ended = launch(narthex).with("JAVA_HOME", old.toString()).run();

    assertThat(ended.out()).contains("I am " + fits + "/bin/java");
  }

  @Test
  void takesALaterJava() throws IOException {
    Path later = java(temporary.resolve("jvm/later"), "26-ea");

    assertThat(launch(narthex).run().out()).contains("I am " + later + "/bin/java");
  }

  @Test
  void saysInOneLineWhatItWantsWhereThereIsNoJava() throws IOException {
    java(temporary.resolve("jvm/old"), "17.0.13");

    Ended ended = launch(narthex).run();

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err())
        .isEqualTo(
            "narthex: cannot find Java: want the runtime that comes with Narthex in "
                + home
                + "/runtime, or JAVA_HOME with a JDK 25 or later\n");
  }

  @Test
  void refusesADirectoryThatNoClassPathCanHold() throws IOException {
    Path colon = temporary.toRealPath().resolve("a:b");
    java(colon.resolve("runtime"), "25.0.1");
    executable(colon.resolve("bin/narthex"), Files.readString(narthex));

    Ended ended = launch(colon.resolve("bin/narthex")).run();

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.err().lines())
        .singleElement()
        .asString()
        .startsWith("narthex: cannot run from " + colon + ": ");
  }

  @Test
  void optionsOfTheUserComeAfterItsOwn() throws IOException {
    java(home.resolve("runtime"), "25.0.1");

    Ended ended = launch(narthex).with("NARTHEX_JAVA_OPTS", "-Xmx100m -Dtwo=/*").run();

    assertThat(ended.out()).containsSubsequence("<-Xanother>", "<-Xmx100m>\n<-Dtwo=/*>\n<-cp>");
  }

  private Launch launch(Path launcher, String... arguments) {
    return Launch.of(launcher, arguments).with("PATH", tools.toString());
  }

  private static Path java(Path javaHome, String version) throws IOException {
    Files.createDirectories(javaHome.resolve("bin"));
    executable(javaHome.resolve("bin/java"), JAVA);
    Files.writeString(
        javaHome.resolve("release"),
        "IMPLEMENTOR=\"Somebody\"\nJAVA_VERSION=\"" + version + "\"\nMODULES=\"java.base\"\n");
    return javaHome;
  }

  private static void executable(Path file, String script) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, script);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }
}
