package io.narthex.kernel.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.narthex.api.Provider;
import io.narthex.api.config.ByteSize;
import io.narthex.api.config.ConfigKey;
import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Configured;
import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;
import io.narthex.api.config.Prepared;
import io.narthex.api.config.ProviderKeys;
import io.narthex.api.config.Secret;
import io.narthex.api.http.HttpClientConfig;
import io.narthex.api.relabel.RelabelConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Records, providers and sections of the shapes that plugins have. */
final class Samples {
  private Samples() {}

  enum Colour {
    RED,
    @JsonProperty("dark-blue")
    BLUE
  }

  /** A component of every kind. */
  record Values(
      String text,
      boolean yes,
      int small,
      long big,
      double real,
      Duration time,
      ByteSize size,
      Secret secret,
      Colour colour,
      @Nullable String maybe,
      @Default({"a", "b"}) List<String> list,
      List<Integer> numbers,
      Map<String, String> labels,
      Map<String, Secret> secrets,
      List<Secret> secretList) {
    Values {
      if (small > 1000) {
        throw new IllegalArgumentException("small is too big");
      }
    }
  }

  /** Has a fault that is none of the user's. */
  record Broken(String text) {
    Broken {
      throw new NullPointerException("oops");
    }
  }

  /** An extension point as discovery is one. */
  interface Finder<C> extends Provider<C> {}

  record FinderConfig(String server, @Default("30s") Duration refresh, Secret token) {
    FinderConfig {
      if (server.isEmpty()) {
        throw new IllegalArgumentException("server missing");
      }
    }
  }

  static final class ConsulFinder implements Finder<FinderConfig> {
    @Override
    public String name() {
      return "consul";
    }

    @Override
    public Class<FinderConfig> configType() {
      return FinderConfig.class;
    }
  }

  record StaticConfig(List<String> targets, Map<String, String> labels) {}

  @ConfigKey("static_configs")
  static final class StaticFinder implements Finder<StaticConfig> {
    @Override
    public String name() {
      return "static";
    }

    @Override
    public Class<StaticConfig> configType() {
      return StaticConfig.class;
    }
  }

  /** As a scrape job is one. */
  record Job(
      String jobName,
      @Default("/metrics") String metricsPath,
      @Default("true") boolean honorTimestamps,
      Map<String, List<String>> params,
      @JsonUnwrapped HttpClientConfig http,
      @ProviderKeys(value = Finder.class, suffix = "_sd_configs", list = true)
          List<Configured<Finder<?>>> finders,
      List<RelabelConfig> relabelConfigs,
      List<RelabelConfig> metricRelabelConfigs) {
    Job {
      if (jobName.isEmpty()) {
        throw new IllegalArgumentException("job_name is empty");
      }
    }
  }

  record Server(
      @Flag(value = "web.listen-address", help = "Address to listen on. Can be repeated.")
          @Default("0.0.0.0:9090")
          List<String> listenAddresses,
      @Flag(value = "web.route-prefix", help = "Prefix for the internal routes.")
          String routePrefix,
      @Flag(value = "web.max-connections", help = "Maximum number of simultaneous connections.")
          @Default("512")
          int maxConnections,
      @Flag(value = "web.enable-lifecycle", help = "Enable shutdown and reload via HTTP request.")
          boolean enableLifecycle,
      @Flag(value = "web.read-timeout", help = "Maximum duration.") @Default("5m")
          Duration readTimeout,
      @Flag(value = "web.token", help = "A secret.") Secret token,
      Limits limits) {}

  record Limits(
      @Flag(value = "web.limit", help = "A hidden one.", hidden = true) @Default("1KB")
          ByteSize size,
      @Flag(value = "web.other", help = "Of another role.", roles = "alertmanager") int other) {}

  /** An extension point whose providers are named by a key with one object. */
  interface Gauge<C> extends Provider<C> {}

  record GaugeConfig(
      @Flag(value = "collector.speed", help = "Speed.", shortName = 's') @Default("3") int speed) {}

  static final class NodeGauge implements Gauge<GaugeConfig> {
    @Override
    public String name() {
      return "node";
    }

    @Override
    public Class<GaugeConfig> configType() {
      return GaugeConfig.class;
    }
  }

  record Gauges(@ProviderKeys(Gauge.class) List<Configured<Gauge<?>>> gauges) {}

  /** A section that remembers what is done with it. */
  static final class Watched<C> implements ConfigSection<C> {
    final String key;
    final ConfigShape<C> shape;
    final int order;
    final List<String> log;
    boolean namesFiles;
    @Nullable C applied;
    Preparation<C> preparation = (config, snapshot) -> {};
    @Nullable Object shown;

    interface Preparation<C> {
      void run(C config, ConfigSnapshot snapshot) throws Exception;
    }

    Watched(String key, ConfigShape<C> shape, int order, List<String> log) {
      this.key = key;
      this.shape = shape;
      this.order = order;
      this.log = log;
    }

    @Override
    public String key() {
      return key;
    }

    @Override
    public ConfigShape<C> shape() {
      return shape;
    }

    @Override
    public int order() {
      return order;
    }

    @Override
    public boolean namesFiles() {
      return namesFiles;
    }

    @Override
    public Prepared prepare(C config, ConfigSnapshot snapshot)
        throws io.narthex.api.config.ConfigException {
      log.add("prepare " + key);
      try {
        preparation.run(config, snapshot);
      } catch (io.narthex.api.config.ConfigException | RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
      return new Prepared() {
        @Override
        public void apply() {
          log.add("apply " + key);
          applied = Objects.requireNonNull(config);
        }

        @Override
        public void discard() {
          log.add("discard " + key);
        }

        @Override
        public Optional<Object> shown() {
          return Optional.ofNullable(shown);
        }
      };
    }
  }
}
