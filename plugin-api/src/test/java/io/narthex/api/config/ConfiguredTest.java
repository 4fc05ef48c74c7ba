package io.narthex.api.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.narthex.api.discovery.Discoverer;
import io.narthex.api.discovery.DiscoveryContext;
import io.narthex.api.discovery.DiscoveryProvider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfiguredTest {
  record Config(String key) {}

  private static class Provider implements DiscoveryProvider<Config> {
    private final List<Object> made = new ArrayList<>();

    @Override
    public String name() {
      return "sample";
    }

    @Override
    public Class<Config> configType() {
      return Config.class;
    }

    @Override
    public Discoverer create(Config config, DiscoveryContext context) {
      made.add(config);
      made.add(context);
      return sink -> {};
    }
  }

  /** Of the same name: as after a reload, or from another plugin. */
  private static final class Other extends Provider {}

  @Test
  void refusesAConfigurationOfAnotherType() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Configured<>(new Provider(), "text"))
        .withMessageStartingWith("cannot configure sample: got class java.lang.String, want class ")
        .withMessageEndingWith("$Config");
    assertThatNullPointerException().isThrownBy(() -> new Configured<>(null, new Config("a")));
  }

  @Test
  void isEqualByClassOfTheProviderAndConfiguration() {
    Configured<Provider> configured = new Configured<>(new Provider(), new Config("a"));

    assertThat(configured)
        .isEqualTo(new Configured<>(new Provider(), new Config("a")))
        .hasSameHashCodeAs(new Configured<>(new Provider(), new Config("a")))
        .isNotEqualTo(new Configured<>(new Provider(), new Config("b")))
        .isNotEqualTo(new Configured<Provider>(new Other(), new Config("a")))
        .isNotEqualTo(null)
        .hasToString("sampleConfig[key=a]");
  }

  @Test
  void hasItsProviderMakeTheThing() throws Exception {
    Provider provider = new Provider();
    DiscoveryContext context = new DiscoveryContext("job", Path.of("/conf"));
    Configured<Provider> configured = new Configured<>(provider, new Config("a"));

    DiscoveryProvider.create(configured, context).run(null);

    assertThat(provider.made).containsExactly(new Config("a"), context);
    assertThat(configured.provider()).isSameAs(provider);
    assertThat(configured.config()).isEqualTo(new Config("a"));
  }

  @Test
  void shapesSayHowManyRecordsASectionHas() {
    assertThat(ConfigShape.of(Config.class))
        .isEqualTo(new ConfigShape<Config>(Config.class, ConfigShape.Container.ONE));
    assertThat(ConfigShape.listOf(Config.class).container()).isEqualTo(ConfigShape.Container.LIST);
    ConfigShape<Map<String, Config>> map = ConfigShape.mapOf(Config.class);
    assertThat(map.container()).isEqualTo(ConfigShape.Container.MAP);
    assertThat(map.element()).isEqualTo(Config.class);
  }

  @Test
  void problemsKnowTheirPlace() {
    Exception cause = new IllegalStateException("x");
    ConfigException problem = new ConfigException("[2].regex", "bad", cause);

    assertThat(problem).hasMessage("bad").hasCause(cause);
    assertThat(problem.path()).isEqualTo("[2].regex");
    assertThat(new ConfigException("bad").path()).isEmpty();
  }
}
