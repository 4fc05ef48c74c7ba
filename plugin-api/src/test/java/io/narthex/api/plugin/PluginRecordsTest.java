package io.narthex.api.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.narthex.api.command.Invocation;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.FakeSnapshot;
import io.narthex.api.service.Service;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PluginRecordsTest {
  @Test
  void givesTheFirstExtensionOfAType() {
    Extensions extensions = new FakeExtensions("a", 1, "b");

    assertThat(extensions.first(String.class)).contains("a");
    assertThat(extensions.first(Integer.class)).contains(1);
    assertThat(extensions.first(Long.class)).isEmpty();
  }

  @Test
  void knowsWhichFeaturesWereNamed() {
    Set<String> names = new HashSet<>(Set.of("native-histograms", "nonsense"));
    Features features = new Features(names);
    names.clear();

    assertThat(features.enabled("native-histograms")).isTrue();
    assertThat(features.enabled("nonsense")).isTrue();
    assertThat(features.enabled("old-ui")).isFalse();
  }

  @Test
  void requiresWhatAPluginKnowsOfItself() {
    assertThatNullPointerException()
        .isThrownBy(() -> new PluginContext(null, "1.0.0", Path.of("")));
    assertThatNullPointerException().isThrownBy(() -> new PluginContext("a", null, Path.of("")));
    assertThatNullPointerException().isThrownBy(() -> new PluginContext("a", "1.0.0", null));
  }

  @Test
  void copiesTheExtensionsOfAStatus() {
    List<String> extensions = new ArrayList<>(List.of("a.B"));
    Plugins.Status status =
        new Plugins.Status("a", "1.0.0", Plugins.State.STARTED, "", "", "", "/p", true, extensions);
    extensions.clear();

    assertThat(status.extensions()).containsExactly("a.B");
  }

  @Test
  void copiesTheArgumentsOfACall() {
    List<String> arguments = new ArrayList<>(List.of("--x"));
    Invocation call =
        new Invocation(
            arguments, InputStream.nullInputStream(), System.out, System.err, false, Path.of(""));
    arguments.clear();

    assertThat(call.arguments()).containsExactly("--x");
  }

  @Test
  void resolvesFileNamesOfTheConfiguration() {
    ConfigSnapshot snapshot = FakeSnapshot.in(Path.of("/etc/prometheus"));

    assertThat(snapshot.resolve("rules.yml")).isEqualTo(Path.of("/etc/prometheus/rules.yml"));
    assertThat(snapshot.resolve("/other/rules.yml")).isEqualTo(Path.of("/other/rules.yml"));
  }

  @Test
  void isReadyUnlessAServiceSaysOtherwise() {
    Service service =
        new Service() {
          @Override
          public String name() {
            return "sample";
          }

          @Override
          public void start() {}

          @Override
          public void stop() {}
        };

    assertThat(service.notReady()).isEmpty();
    assertThat(service.startOrder()).isZero();
  }
}
