package com.example.extensions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.GlobalConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GreeterTest {
  private final Greeter greeter = new Greeter();
  private final ConfigSnapshot snapshot =
      new ConfigSnapshot() {
        @Override
        public <C> Optional<C> section(String key, Class<C> type) {
          return Optional.empty();
        }

        @Override
        public GlobalConfig global() {
          return Defaults.of(GlobalConfig.class);
        }

        @Override
        public Path baseDirectory() {
          return Path.of(".");
        }
      };

  @Test
  void saysWhatWasAppliedAndNotWhatWasOnlyPrepared() throws Exception {
    greeter.prepare(Defaults.of(GreetingConfig.class), snapshot).apply();
    greeter.prepare(Defaults.with(GreetingConfig.class, Map.of("text", "hi")), snapshot);
    assertThat(greeter.text()).isEqualTo("hello");
  }

  @Test
  void refusesALongText() {
    GreetingConfig config = Defaults.with(GreetingConfig.class, Map.of("text", "x".repeat(101)));
    assertThatThrownBy(() -> greeter.prepare(config, snapshot))
        .isInstanceOfSatisfying(ConfigException.class, e -> assertThat(e.path()).isEqualTo("text"));
  }

  @Test
  void mayBeStoppedTwiceAndWithoutAStart() {
    greeter.stop();
    greeter.stop();
    greeter.start(); // Nothing was configured yet.
    assertThat(greeter.text()).isEmpty();
  }
}
