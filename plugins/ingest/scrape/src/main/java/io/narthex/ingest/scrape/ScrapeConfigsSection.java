package io.narthex.ingest.scrape;

import io.narthex.api.config.ConfigCheck;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Configured;
import io.narthex.api.config.Durations;
import io.narthex.api.config.GlobalConfig;
import io.narthex.api.config.Prepared;
import io.narthex.api.discovery.DiscoveryContext;
import io.narthex.api.discovery.DiscoveryProvider;
import io.narthex.api.discovery.TargetAddress;
import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.http.HttpClients;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Quoting;
import io.narthex.api.plugin.Features;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pf4j.Extension;

/** The section {@code scrape_configs}. */
@Extension
public final class ScrapeConfigsSection implements ConfigSection<List<ScrapeConfig>> {
  private final ScrapeService service;
  private final HttpClients clients;
  private final IncludedJobs included;
  private final ScrapeFeatures features;

  @Inject
  public ScrapeConfigsSection(
      ScrapeService service, HttpClients clients, ConfigFiles files, Features features) {
    this.included = new IncludedJobs(files);
    this.service = service;
    this.clients = clients;
    this.features = ScrapeFeatures.of(features);
  }

  @Override
  public String key() {
    return "scrape_configs";
  }

  @Override
  public ConfigShape<List<ScrapeConfig>> shape() {
    return ConfigShape.listOf(ScrapeConfig.class);
  }

  /**
   * A job, and where it is configured.
   *
   * @param path of the item within the section; empty for one of another file
   * @param directory where relative names of files in it start
   */
  record Placed(Job job, String path, Path directory) {}

  /** The jobs of the main file and, if so asked, of those that it includes. */
  List<Placed> jobs(List<ScrapeConfig> configs, ConfigSnapshot snapshot, boolean withIncluded)
      throws ConfigException {
    List<Placed> jobs = new ArrayList<>();
    Map<String, String> files = new HashMap<>();
    for (int i = 0; i < configs.size(); i++) {
      try {
        Job job = job(configs.get(i), snapshot.global(), snapshot.baseDirectory());
        if (files.put(job.name(), "main config file") != null) {
          throw new ConfigException(
              "found multiple scrape configs with job name " + Quoting.quote(job.name()));
        }
        jobs.add(new Placed(job, "[" + i + "]", snapshot.baseDirectory()));
      } catch (ConfigException e) {
        throw new ConfigException("[" + i + "]" + e.path(), String.valueOf(e.getMessage()), e);
      }
    }
    if (!withIncluded) {
      return jobs;
    }
    List<String> names = new ArrayList<>();
    List<?> given = snapshot.section(ScrapeConfigFilesSection.KEY, List.class).orElse(List.of());
    given.forEach(name -> names.add(String.valueOf(name)));
    for (IncludedJobs.Included file : included.read(names, snapshot)) {
      Path directory = file.directory();
      for (ScrapeConfig config : file.configs()) {
        try {
          Job job = job(config, snapshot.global(), directory);
          String first = files.putIfAbsent(job.name(), Quoting.quote(file.path().toString()));
          if (first != null) {
            throw new ConfigException(
                "found multiple scrape configs with job name "
                    + Quoting.quote(job.name())
                    + ", first found in "
                    + first);
          }
          jobs.add(new Placed(job, "", directory));
        } catch (ConfigException e) {
          throw file.wrong(String.valueOf(e.getMessage()), e);
        }
      }
    }
    return jobs;
  }

  private Job job(ScrapeConfig config, GlobalConfig global, Path directory) throws ConfigException {
    Job job = Job.of(config, global, features.extraMetrics(), features.protoFirst());
    checkStaticTargets(config, directory);
    return job;
  }

  /** Opens nothing. */
  @Override
  public void check(List<ScrapeConfig> configs, ConfigSnapshot snapshot, ConfigCheck check)
      throws ConfigException {
    for (Placed placed : jobs(configs, snapshot, !check.syntaxOnly())) {
      try {
        look(placed, check);
      } catch (ConfigException e) {
        throw new ConfigException(placed.path, String.valueOf(e.getMessage()), e);
      }
    }
  }

  private static void look(Placed placed, ConfigCheck check) throws ConfigException {
    Job job = placed.job;
    if (!check.syntaxOnly()) {
      job.config().http().checkFiles(placed.directory);
    }
    List<TargetGroup> groups = new ArrayList<>();
    for (Configured<DiscoveryProvider<?>> discovery : job.config().discovery()) {
      groups.addAll(
          DiscoveryProvider.check(
              discovery, new DiscoveryContext(job.name(), placed.directory), check));
    }
    List<String> failures = TargetSet.of(groups, job).failures();
    if (!failures.isEmpty()) {
      throw new ConfigException(failures.getFirst());
    }
    if (job.interval().compareTo(check.lookbackDelta()) >= 0) {
      check.lint(
          "too-long-scrape-interval",
          "too long scrape interval found, data point will be marked as stale - job: "
              + job.name()
              + ", interval: "
              + Durations.format(job.interval()));
    }
  }

  @Override
  public Prepared prepare(List<ScrapeConfig> configs, ConfigSnapshot snapshot)
      throws ConfigException {
    List<Placed> jobs = jobs(configs, snapshot, true);
    long seed = GoText.fnv64a(hostName() + Labels.of(snapshot.global().externalLabels()));
    Map<String, JobResources> inForce = service.jobs();
    List<JobResources> changed = new ArrayList<>();
    List<String> unchanged = new ArrayList<>();
    try {
      for (Placed placed : jobs) {
        JobResources present = inForce.get(placed.job.name());
        if (present != null
            && present.job().equals(placed.job)
            && present.directory().equals(placed.directory)) {
          unchanged.add(placed.job.name());
        } else {
          changed.add(open(placed));
        }
      }
    } catch (ConfigException e) {
      changed.forEach(JobResources::close);
      throw e;
    }
    return new Prepared() {
      @Override
      public void apply() {
        service.apply(changed, unchanged, seed);
      }

      @Override
      public Optional<Object> shown() {
        // Those of further files stand behind these; Prometheus does not show them here either.
        List<Placed> own = jobs.subList(0, configs.size());
        return Optional.of(own.stream().map(placed -> placed.job.effective()).toList());
      }

      @Override
      public void discard() {
        changed.forEach(JobResources::close);
      }
    };
  }

  private JobResources open(Placed placed) throws ConfigException {
    Job job = placed.job;
    Callers callers;
    try {
      callers = new Callers(job, clients, placed.directory);
    } catch (IOException e) {
      throw new ConfigException(placed.path, "error creating HTTP client: " + e.getMessage(), e);
    }
    try {
      FailureLog log =
          job.failureLogFile().isEmpty()
              ? FailureLog.NONE
              : FailureLog.open(placed.directory.resolve(job.failureLogFile()));
      return new JobResources(job, placed.directory, callers, log);
    } catch (IOException e) {
      callers.close();
      throw new ConfigException(
          placed.path.isEmpty() ? "" : placed.path + ".scrape_failure_log_file",
          String.valueOf(e.getMessage()),
          e);
    }
  }

  /** Catches URLs among static targets, unless relabelling may make addresses of them. */
  private static void checkStaticTargets(ScrapeConfig config, Path directory)
      throws ConfigException {
    if (!config.relabelConfigs().isEmpty()) {
      return;
    }
    try {
      TargetAddress.checkStatic(
          config.discovery(), new DiscoveryContext(config.jobName(), directory));
    } catch (IllegalArgumentException e) {
      throw new ConfigException(".static_configs", String.valueOf(e.getMessage()), e);
    }
  }

  private static String hostName() {
    String fromEnvironment = System.getenv("HOSTNAME");
    if (fromEnvironment != null && !fromEnvironment.isBlank()) {
      return fromEnvironment;
    }
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}
