package io.narthex.kernel.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class EntryNamesTest {
  private final EntryNames names = new EntryNames();

  @Test
  void takesOrdinaryNames() throws PluginFault {
    assertThat(names.check("./", true)).isEmpty();
    assertThat(names.check("./lib/", true)).isEqualTo("lib");
    assertThat(names.check("lib/a.jar", false)).isEqualTo("lib/a.jar");
    assertThat(names.check("lib/", true)).isEqualTo("lib");
    assertThat(names.check("lib/..a", false)).isEqualTo("lib/..a");
    assertThat(names.check("docs/deep/er/ü.txt", false)).isEqualTo("docs/deep/er/ü.txt");
  }

  @Test
  void refusesNamesThatMeetOnSomeFileSystems() throws PluginFault {
    names.check("lib/\u00e9.jar", false);
    assertThatThrownBy(() -> names.check("lib/e\u0301.jar", false))
        .hasMessageContaining("only in case");
    assertThatThrownBy(() -> names.check("lib/\u00c9.jar", false))
        .hasMessageContaining("only in case");
    assertThatThrownBy(() -> names.check("Lib/other.jar", false))
        .hasMessageContaining("only in case");
  }

  @Test
  void showsHostileNamesHarmlessly() {
    assertThatThrownBy(() -> names.check("a\u001b[2Jb\n", false))
        .hasMessage("entry \"a?[2Jb?\": its name has characters that file names may not have");
    assertThatThrownBy(() -> names.check("../" + "x".repeat(500), false))
        .hasMessageStartingWith("entry \"../xxx")
        .hasMessageContaining("...\"");
    assertThatThrownBy(() -> names.check("", false)).hasMessageContaining("empty part");
  }
}
