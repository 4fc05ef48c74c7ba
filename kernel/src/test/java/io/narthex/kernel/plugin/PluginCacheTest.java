package io.narthex.kernel.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PluginCacheTest {
  @TempDir Path temporary;

  @Test
  void makesNothingBeforeItIsNeeded() {
    Path root = temporary.resolve("cache");
    new PluginCache(root).close();
    assertThat(root).doesNotExist();
  }

  @Test
  void deletesWhatADeadProcessLeftAndNotWhatALivingOneUses() throws IOException {
    Path dead = Files.createDirectories(temporary.resolve("run-dead/plugin"));
    Files.writeString(dead.resolve("a.jar"), "left");
    Files.writeString(temporary.resolve("run-dead/lock"), "");
    Path foreign = Files.createDirectory(temporary.resolve("something-else"));
    try (PluginCache living = new PluginCache(temporary)) {
      Path used = living.fresh("used");
      try (PluginCache other = new PluginCache(temporary)) {
        assertThat(other.fresh("mine")).isEmptyDirectory();
        assertThat(used).exists();
        assertThat(temporary.resolve("run-dead")).doesNotExist();
        assertThat(foreign).exists();
      }
      assertThat(used).exists();
    }
    assertThat(temporary).isDirectoryNotContaining("glob:**/run-*");
  }

  @Test
  void twoCopiesOfOnePluginDoNotMeet() throws IOException {
    try (PluginCache cache = new PluginCache(temporary)) {
      assertThat(cache.fresh("same")).isNotEqualTo(cache.fresh("same"));
    }
  }
}
