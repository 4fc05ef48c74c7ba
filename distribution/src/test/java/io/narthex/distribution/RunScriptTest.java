package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code distribution/run} in a checkout whose build only notes that it was called. */
class RunScriptTest {
  private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");

  @TempDir Path temporary;
  private Path checkout;
  private Path builds;

  @BeforeEach
  void checkOut() throws IOException {
    checkout = temporary.toRealPath().resolve("a check out");
    builds = temporary.resolve("builds");
    Files.createDirectories(checkout.resolve("distribution"));
    Files.copy(
        Path.of("run"), checkout.resolve("distribution/run"), StandardCopyOption.COPY_ATTRIBUTES);
    source("pom.xml", "<project>\n  <version>1.2.3</version>\n</project>\n");
    source("kernel/src/main/java/A.java", "class A {}");
    source("kernel/src/test/java/ATest.java", "class ATest {}");
    Path narthex = checkout.resolve("distribution/target/narthex-1.2.3/bin/narthex");
    script(
        "mvn",
        """
        echo "$PWD $*" >> '%1$s'
        [ -z "${BROKEN:-}" ] || exit 1
        mkdir -p '%2$s' '%3$s'
        printf '#!/bin/sh\\necho "narthex $*"\\n' > '%2$s/narthex'
        chmod +x '%2$s/narthex'
        echo digest > '%3$s/aot'
        """
            .formatted(
                builds, narthex.getParent(), checkout.resolve("distribution/target/assembled")));
  }

  @Test
  void buildsAndStartsInOneCommand() throws IOException {
    Ended ended = run();

    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(ended.out()).isEqualTo("narthex --flag=with space\n");
    assertThat(Files.readString(builds)).isEqualTo(checkout + " -q -B -DskipTests package\n");
  }

  @Test
  void buildsNothingThatIsFresh() throws IOException {
    run();

    Ended again = run();

    assertThat(again.out()).isEqualTo("narthex --flag=with space\n");
    assertThat(again.err()).isEmpty();
    assertThat(Files.readAllLines(builds)).hasSize(1);
  }

  @Test
  void buildsAgainWhenASourceHasChangedAndOnlyOnce() throws IOException {
    run();
    source("kernel/src/main/java/A.java", "class A { int changed; }");
    age();

    run();
    run();

    assertThat(Files.readAllLines(builds)).hasSize(2);
  }

  @Test
  void changedTestsAreNoReasonToBuild() throws IOException {
    run();
    age();
    Files.setLastModifiedTime(
        checkout.resolve("kernel/src/test/java/ATest.java"), FileTime.from(Instant.now()));
    Files.setLastModifiedTime(
        checkout.resolve("kernel/src/main/java/A.java"), FileTime.from(LONG_AGO.minusSeconds(9)));
    Files.setLastModifiedTime(checkout.resolve("pom.xml"), FileTime.from(LONG_AGO.minusSeconds(9)));
    Files.setLastModifiedTime(
        checkout.resolve("distribution/run"), FileTime.from(LONG_AGO.minusSeconds(9)));

    run();

    assertThat(Files.readAllLines(builds)).hasSize(1);
  }

  @Test
  void startsNothingWhenTheBuildFails() throws IOException {
    run();
    age();

    Ended ended = launch().with("BROKEN", "yes").run();

    assertThat(ended.status()).isNotZero();
    assertThat(ended.out()).isEmpty();
  }

  private Ended run() throws IOException {
    return launch().run();
  }

  private Launch launch() {
    return Launch.of(checkout.resolve("distribution/run"), "--flag=with space")
        .with("PATH", temporary + "/commands:/usr/bin:/bin");
  }

  /** As if what was built had been built long ago. */
  private void age() throws IOException {
    Files.setLastModifiedTime(
        checkout.resolve("distribution/target/assembled/aot"), FileTime.from(LONG_AGO));
  }

  private void source(String name, String text) throws IOException {
    Path file = checkout.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private void script(String name, String text) throws IOException {
    Path file = Files.createDirectories(temporary.resolve("commands")).resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }
}
