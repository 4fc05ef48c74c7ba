package io.narthex.kernel.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.config.Configured;
import io.narthex.api.config.FakeSnapshot;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.Reconfigurable;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageContext;
import io.narthex.api.storage.StorageProvider;
import io.narthex.kernel.config.StorageConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StorageSectionTest {
  private final Selected<Storage> running = new Selected<>("none");
  private final StorageSection section =
      new StorageSection(running, Path.of("data"), Set.of("some-feature"));
  private final Plain plain = new Plain();
  private final Able able = new Able();

  @Test
  void makesTheSelectedStorageOfWhatIsBound() {
    assertThat(make(config(plain, 1, 7))).isPresent();
    assertThat(running.get()).isInstanceOf(FakeStorage.class);
    assertThat(plain.heard).containsExactly("create 1 data 7 [some-feature]");
    assertThat(running.release("owner-of-plain")).isPresent();
  }

  @Test
  void makesNothingWithoutASelection() {
    assertThat(make(new StorageConfig("", new StorageConfig.Exemplars(0), List.of()))).isEmpty();
    assertThat(running.find()).isEmpty();
  }

  @Test
  void handsAChangeToTheStorageThatRuns() {
    make(config(able, 1, 7));
    apply(config(able, 2, 7));
    apply(config(able, 2, 8));
    assertThat(able.heard)
        .containsExactly(
            "create 1 data 7 [some-feature]", "reconfigure 2 data 7", "reconfigure 2 data 8");
  }

  @Test
  void doesNotTellWhatHasNotChanged() {
    make(config(able, 1, 7));
    apply(config(able, 1, 7));
    apply(config(able, 2, 7));
    apply(config(able, 2, 7));
    assertThat(able.heard)
        .containsExactly("create 1 data 7 [some-feature]", "reconfigure 2 data 7");
  }

  @Test
  void leavesAloneABackendThatCannotBeTold() {
    make(config(plain, 1, 7));
    apply(config(plain, 2, 7));
    assertThat(plain.heard).hasSize(1);
  }

  @Test
  void keepsTheBackendThatRunsUntilTheNextStart() {
    make(config(able, 1, 7));
    apply(config(plain, 2, 7));
    assertThat(plain.heard).isEmpty();
    assertThat(able.heard).hasSize(1);
    apply(config(able, 3, 7));
    assertThat(able.heard).hasSize(2);
  }

  @Test
  void forgetsAStorageThatHasGone() {
    apply(config(able, 1, 7));
    make(config(able, 1, 7));
    running.release();
    apply(config(able, 2, 7));
    assertThat(able.heard).hasSize(1);
  }

  @Test
  void letsTheFailureOfABackendBeReported() {
    make(config(able, 1, 7));
    able.failing = true;
    assertThatThrownBy(() -> apply(config(able, 2, 7))).hasMessage("cannot");
  }

  private Optional<Storage> make(StorageConfig config) {
    return section.make(() -> Optional.of(config), p -> "owner-of-" + p.name());
  }

  private void apply(StorageConfig config) {
    section.prepare(config, FakeSnapshot.in(Path.of(""))).apply();
  }

  private static StorageConfig config(Plain provider, int value, int exemplars) {
    return new StorageConfig(
        provider.name(),
        new StorageConfig.Exemplars(exemplars),
        List.of(new Configured<StorageProvider<?>>(provider, new Config(value))));
  }

  record Config(int value) {}

  private static class Plain implements StorageProvider<Config> {
    final List<String> heard = new ArrayList<>();

    @Override
    public String name() {
      return "plain";
    }

    @Override
    public Class<Config> configType() {
      return Config.class;
    }

    @Override
    public Storage create(Config config, StorageContext context) {
      heard.add(
          "create "
              + config.value
              + " "
              + context.directory()
              + " "
              + context.maxExemplars()
              + " "
              + context.features());
      return new FakeStorage();
    }
  }

  private static final class Able extends Plain implements Reconfigurable<Config> {
    boolean failing;

    @Override
    public String name() {
      return "able";
    }

    @Override
    public void reconfigure(Storage storage, Config config, StorageContext context) {
      if (failing) {
        throw new IllegalStateException("cannot");
      }
      heard.add(
          "reconfigure " + config.value + " " + context.directory() + " " + context.maxExemplars());
    }
  }

  private static final class FakeStorage implements Storage {
    @Override
    public void start() {}

    @Override
    public Appender appender(AppendOptions options) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Querier querier(long minTime, long maxTime) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long minTime() {
      return Long.MAX_VALUE;
    }

    @Override
    public long maxTime() {
      return Long.MIN_VALUE;
    }

    @Override
    public void close() {}
  }
}
