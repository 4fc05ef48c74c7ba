package io.narthex.ingest.scrape;

import io.narthex.api.command.FlagCommand;
import io.narthex.api.command.Flags;
import io.narthex.api.command.GoDuration;
import io.narthex.api.command.Invocation;
import io.narthex.api.command.WrongCall;
import io.narthex.api.config.ConfigCheck;
import io.narthex.api.config.ConfigChecker;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.Configured;
import io.narthex.api.discovery.DiscoveryContext;
import io.narthex.api.discovery.DiscoveryProvider;
import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.discovery.TargetSink;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Quoting;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.pf4j.Extension;

/**
 * {@code promtool check service-discovery}: discovers the targets of a job for a while, and prints
 * what relabelling makes of them.
 */
@Extension
public final class CheckServiceDiscoveryCommand extends FlagCommand {
  private final ConfigChecker checker;
  private final ScrapeConfigsSection section;

  /** Made by the kernel. */
  @Inject
  public CheckServiceDiscoveryCommand(ConfigChecker checker, ScrapeConfigsSection section) {
    super(
        "promtool",
        "Discovers the targets of a job, and prints them as relabelling makes them.",
        "check",
        "service-discovery");
    this.checker = checker;
    this.section = section;
  }

  @Override
  public String help() {
    return """
    Usage: promtool check service-discovery [flags] <config-file> <job>

    Flags:
          --timeout=30s  how long to wait for targets

    Args:
      <config-file>  the configuration
      <job>          the job_name whose targets are discovered\
    """;
  }

  @Override
  protected Flags.Syntax syntax() {
    return new Flags.Syntax()
        .value("timeout")
        .values("enable-feature")
        .required("config-file")
        .required("job");
  }

  @Override
  protected int run(Flags flags, Invocation call) throws WrongCall, InterruptedException {
    long patience = GoDuration.parse(flags.value("timeout", "30s"));
    String file = flags.argument(0);
    if (!Files.exists(call.workingDirectory().resolve(file))) {
      throw new WrongCall("path '" + file + "' does not exist");
    }
    List<ScrapeConfigsSection.Placed> jobs;
    try {
      jobs = jobs(Path.of(file));
    } catch (ConfigException e) {
      call.err().println("Cannot load config " + e.getMessage());
      return 1;
    }
    for (ScrapeConfigsSection.Placed placed : jobs) {
      if (placed.job().name().equals(flags.argument(1))) {
        byte[] json = json(TargetSet.outcomes(discover(placed, patience, call), placed.job()));
        call.out().write(json, 0, json.length);
        call.out().flush();
        return 0;
      }
    }
    call.err().println("Job " + flags.argument(1) + " not found. Select one of:");
    jobs.forEach(placed -> call.err().println("\t" + placed.job().name()));
    return 1;
  }

  private List<ScrapeConfigsSection.Placed> jobs(Path file) throws ConfigException {
    ConfigChecker.Checked checked = checker.check(file, "prometheus", new Silent());
    List<?> bound = checked.sections().section(section.key(), List.class).orElse(List.of());
    return section.jobs(
        bound.stream().map(ScrapeConfig.class::cast).toList(), checked.sections(), true);
  }

  /** Nothing but errors is of interest. */
  private static final class Silent implements ConfigCheck {
    @Override
    public boolean syntaxOnly() {
      return true;
    }

    @Override
    public void warn(String message) {}

    @Override
    public void lint(String kind, String message) {}
  }

  /** Runs all mechanisms until they have said all, or for so many nanoseconds. */
  private static List<TargetGroup> discover(
      ScrapeConfigsSection.Placed placed, long patience, Invocation call)
      throws InterruptedException {
    List<Configured<DiscoveryProvider<?>>> mechanisms = placed.job().config().discovery();
    CountDownLatch running = new CountDownLatch(mechanisms.size());
    DiscoveryContext context = new DiscoveryContext(placed.job().name(), placed.directory());
    List<Found> found = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (Configured<DiscoveryProvider<?>> mechanism : mechanisms) {
      Found sink = new Found(mechanism.provider().name(), call);
      found.add(sink);
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  DiscoveryProvider.create(mechanism, context).run(sink);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                } catch (Exception e) {
                  sink.failing(String.valueOf(e.getMessage()));
                } finally {
                  running.countDown();
                }
              }));
    }
    boolean all = running.await(patience, TimeUnit.NANOSECONDS);
    threads.forEach(Thread::interrupt);
    List<TargetGroup> groups = new ArrayList<>();
    found.forEach(sink -> groups.addAll(sink.groups()));
    if (!all && groups.isEmpty()) {
      call.err().println("no targets within the time; a longer one is set by --timeout");
    }
    return groups;
  }

  /** What a mechanism has found so far. */
  private static final class Found implements TargetSink {
    private final String mechanism;
    private final Invocation call;
    private final Map<String, TargetGroup> groups = new LinkedHashMap<>();

    Found(String mechanism, Invocation call) {
      this.mechanism = mechanism;
      this.call = call;
    }

    @Override
    public synchronized void update(List<TargetGroup> changed) {
      changed.forEach(group -> groups.put(group.source(), group));
    }

    @Override
    public void failing(String reason) {
      call.err().println(mechanism + ": " + reason);
    }

    synchronized List<TargetGroup> groups() {
      return List.copyOf(groups.values());
    }
  }

  private static byte[] json(List<TargetSet.Outcome> outcomes) {
    StringBuilder out = new StringBuilder("[");
    for (TargetSet.Outcome outcome : outcomes) {
      out.append(out.length() > 1 ? "," : "").append("\n  {\n    \"discoveredLabels\": ");
      append(out, outcome.discovered());
      out.append(",\n    \"labels\": ");
      append(out, outcome.labels());
      if (!outcome.failure().isEmpty()) {
        out.append(",\n    \"error\": ");
        Quoting.json(outcome.failure(), out);
      }
      out.append("\n  }");
    }
    return out.append(outcomes.isEmpty() ? "]" : "\n]").toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void append(StringBuilder out, Labels labels) {
    int start = out.append('{').length();
    labels.forEach((name, value) -> {
      out.append(out.length() > start ? "," : "").append("\n      ");
      Quoting.json(name, out);
      out.append(": ");
      Quoting.json(value, out);
    });
    out.append(out.length() > start ? "\n    }" : "}");
  }
}
