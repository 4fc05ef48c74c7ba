package io.narthex.alerting.sender;

import io.narthex.alerting.sender.aws.Environment;
import io.narthex.alerting.sender.aws.SigV4Config;
import io.narthex.alerting.sender.aws.SigningCaller;
import io.narthex.api.config.ConfigCheck;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Configured;
import io.narthex.api.config.Prepared;
import io.narthex.api.discovery.DiscoveryContext;
import io.narthex.api.discovery.DiscoveryProvider;
import io.narthex.api.discovery.TargetAddress;
import io.narthex.api.http.HttpCaller;
import io.narthex.api.http.HttpClients;
import io.narthex.api.model.Labels;
import io.narthex.api.model.NameScheme;
import io.narthex.api.relabel.RelabelConfig;
import io.narthex.api.relabel.Relabeller;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

/** The section {@code alerting}. */
@Extension
public final class AlertingSection implements ConfigSection<AlertingConfig> {
  private static final String CLIENT = "alertmanager";

  private final AlertSender sender;
  private final HttpClients clients;
  private final Environment environment;

  @Inject
  public AlertingSection(AlertSender sender, HttpClients clients) {
    this(sender, clients, Environment.ofProcess());
  }

  AlertingSection(AlertSender sender, HttpClients clients, Environment environment) {
    this.sender = sender;
    this.clients = clients;
    this.environment = environment;
  }

  @Override
  public String key() {
    return "alerting";
  }

  @Override
  public ConfigShape<AlertingConfig> shape() {
    return ConfigShape.of(AlertingConfig.class);
  }

  /** What an item of the list is called in logs and metrics. */
  static String name(int i) {
    return "config-" + i;
  }

  /** Takes one out that goes on; null for none. Each of several equal ones goes on once. */
  private static @Nullable AlertmanagerSet take(
      List<AlertmanagerSet> from, AlertmanagerSet.Key key) {
    for (int i = 0; i < from.size(); i++) {
      if (from.get(i).key().equals(key)) {
        return from.remove(i);
      }
    }
    return null;
  }

  /** What can be told without opening anything. */
  private static List<AlertmanagerSet.Key> validated(AlertingConfig config, ConfigSnapshot snapshot)
      throws ConfigException {
    NameScheme names = NameScheme.parse(snapshot.global().metricNameValidationScheme());
    Path directory = snapshot.baseDirectory();
    check("alert_relabel_configs", config.alertRelabelConfigs(), names);
    List<AlertmanagerSet.Key> keys = new ArrayList<>();
    for (int i = 0; i < config.alertmanagers().size(); i++) {
      AlertmanagerConfig one = config.alertmanagers().get(i);
      String path = "alertmanagers[" + i + "]";
      check(path + ".relabel_configs", one.relabelConfigs(), names);
      check(path + ".alert_relabel_configs", one.alertRelabelConfigs(), names);
      if (one.relabelConfigs().isEmpty()) {
        try {
          TargetAddress.checkStatic(one.discovery(), new DiscoveryContext(name(i), directory));
        } catch (IllegalArgumentException e) {
          throw new ConfigException(path + ".static_configs", String.valueOf(e.getMessage()), e);
        }
      }
      keys.add(new AlertmanagerSet.Key(one, directory, names));
    }
    return keys;
  }

  private static void check(String path, List<RelabelConfig> steps, NameScheme names)
      throws ConfigException {
    for (int i = 0; i < steps.size(); i++) {
      try {
        steps.get(i).check(names);
      } catch (IllegalArgumentException e) {
        throw new ConfigException(path + "[" + i + "]", String.valueOf(e.getMessage()), e);
      }
    }
  }

  /** Opens nothing. */
  @Override
  public void check(AlertingConfig config, ConfigSnapshot snapshot, ConfigCheck check)
      throws ConfigException {
    List<AlertmanagerSet.Key> keys = validated(config, snapshot);
    for (int i = 0; i < keys.size(); i++) {
      try {
        AlertmanagerSet.Key key = keys.get(i);
        if (!check.syntaxOnly()) {
          key.config().http().checkFiles(key.directory());
        }
        for (Configured<DiscoveryProvider<?>> discovery : key.config().discovery()) {
          DiscoveryProvider.check(discovery, new DiscoveryContext(name(i), key.directory()), check);
        }
      } catch (ConfigException e) {
        throw new ConfigException(
            "alertmanagers[" + i + "]" + e.path(), String.valueOf(e.getMessage()), e);
      }
    }
  }

  private HttpCaller caller(AlertmanagerSet.Key key) throws IOException {
    HttpCaller caller = clients.create(key.config().http(), CLIENT, key.directory());
    SigV4Config sigv4 = key.config().sigv4();
    return sigv4 == null
        ? caller
        : SigningCaller.of(sigv4, caller, clients, environment, InstantSource.system());
  }

  @Override
  public Prepared prepare(AlertingConfig config, ConfigSnapshot snapshot) throws ConfigException {
    List<AlertmanagerSet> all = new ArrayList<>();
    List<AlertmanagerSet> fresh = new ArrayList<>();
    AlertSender.Treatment treatment;
    try {
      List<AlertmanagerSet> inForce = new ArrayList<>(sender.sets());
      for (AlertmanagerSet.Key key : validated(config, snapshot)) {
        AlertmanagerSet known = take(inForce, key);
        if (known == null) {
          known = new AlertmanagerSet(name(all.size()), key, caller(key));
          fresh.add(known);
        }
        all.add(known);
      }
      treatment =
          new AlertSender.Treatment(
              Labels.of(snapshot.global().externalLabels()),
              Relabeller.of(
                  config.alertRelabelConfigs(),
                  NameScheme.parse(snapshot.global().metricNameValidationScheme())));
    } catch (IOException e) {
      fresh.forEach(AlertmanagerSet::close);
      throw new ConfigException(
          "alertmanagers[" + all.size() + "]", "error creating HTTP client: " + e.getMessage(), e);
    } catch (ConfigException | RuntimeException e) {
      fresh.forEach(AlertmanagerSet::close);
      throw e;
    }
    return new Prepared() {
      @Override
      public void apply() {
        sender.apply(treatment, all);
      }

      @Override
      public void discard() {
        fresh.forEach(AlertmanagerSet::close);
      }
    };
  }
}
