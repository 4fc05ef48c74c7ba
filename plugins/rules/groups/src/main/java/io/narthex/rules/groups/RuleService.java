package io.narthex.rules.groups;

import io.narthex.api.alert.Alert;
import io.narthex.api.alert.AlertSink;
import io.narthex.api.alert.RulesView;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.config.Defaults;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.plugin.Features;
import io.narthex.api.plugin.PluginContext;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.service.Service;
import io.narthex.api.service.Ticks;
import io.narthex.api.storage.Storage;
import io.narthex.api.web.WebHost;
import io.narthex.rules.groups.eval.AlertTemplates;
import io.narthex.rules.groups.eval.EvaluationSettings;
import io.narthex.rules.groups.eval.Group;
import io.narthex.rules.groups.eval.GroupLoop;
import io.narthex.rules.groups.eval.GroupLoop.Ending;
import io.narthex.rules.groups.eval.Permits;
import io.narthex.rules.groups.eval.RuleMetrics;
import io.narthex.rules.groups.eval.Surroundings;
import io.narthex.rules.groups.file.GroupDefinition;
import io.narthex.rules.groups.history.AlertHistory;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pf4j.Extension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs all groups. What a configuration changes, changes at once; what is evaluated just then is
 * evaluated to its end first. Safe for any number of threads.
 */
@Extension
public final class RuleService implements Service {
  private static final Logger LOG = LoggerFactory.getLogger(RuleService.class);

  /** The feature that has independent rules evaluated beside each other. */
  static final String CONCURRENT = "concurrent-rule-eval";

  /** How long rules that are evaluated when the process ends may go on. */
  private static final Duration END_WITHIN = Duration.ofSeconds(2);

  /** How long they may take once they were interrupted. */
  private static final Duration CANCEL_WITHIN = Duration.ofSeconds(5);

  /** Changes of alerts that are kept. */
  private static final int HISTORY = 20_000;

  private final Extensions extensions;
  private final boolean concurrent;
  private final AlertHistory history;
  private final AlertTemplates templates;
  private final RuleMetrics metrics;
  private final Ticks ticks;
  private final Surroundings surroundings;

  private volatile EvaluationSettings settings;
  private volatile Duration queryOffset = Duration.ZERO;
  private volatile Map<String, String> externalLabels = Map.of();

  /** By key, in the order of files and of names; replaced as a whole. */
  private volatile Map<String, GroupLoop> loops = Map.of();

  /** Those of groups that are gone, which still end. Guarded by this, as is all that follows. */
  private final List<GroupLoop> ending = new ArrayList<>();

  private boolean started;

  /** Whether alerts of before the start have nothing more to be restored. */
  private boolean restored;

  @Inject
  public RuleService(
      Current<Storage> storage,
      Current<QueryEngine> engine,
      Extensions extensions,
      WebHost web,
      Features features,
      ConfigFiles files,
      PluginContext context,
      Clock clock,
      PrometheusRegistry registry) {
    this(
        storage,
        engine,
        extensions,
        web,
        features,
        new AlertHistory(context.dataDirectory(), HISTORY, files),
        Ticks.of(clock),
        registry);
  }

  RuleService(
      Current<Storage> storage,
      Current<QueryEngine> engine,
      Extensions extensions,
      WebHost web,
      Features features,
      AlertHistory history,
      Ticks ticks,
      PrometheusRegistry registry) {
    this.extensions = extensions;
    this.history = history;
    this.ticks = ticks;
    concurrent = features.enabled(CONCURRENT);
    metrics = new RuleMetrics(registry);
    settings = settingsOf(Defaults.of(RuleSettings.class));
    templates =
        new AlertTemplates(extensions, () -> externalLabels, () -> web.externalUrl().toString());
    surroundings =
        new Surroundings(
            storage,
            engine,
            ticks,
            metrics,
            templates,
            this::send,
            history,
            () -> settings,
            () -> web.externalUrl().toString(),
            () -> queryOffset,
            true);
  }

  @Override
  public String name() {
    return "rules";
  }

  /** Before what gives it samples; it is stopped after that. */
  @Override
  public int startOrder() {
    return 50;
  }

  AlertHistory history() {
    return history;
  }

  AlertTemplates templates() {
    return templates;
  }

  private EvaluationSettings settingsOf(RuleSettings config) {
    return new EvaluationSettings(
        config.forOutageTolerance(),
        config.forGracePeriod(),
        config.resendDelay(),
        concurrent ? new Permits((int) config.maxConcurrentEvals()) : Permits.NONE);
  }

  void settings(RuleSettings config) {
    settings = settingsOf(config);
  }

  /**
   * Takes over a configuration. Groups that are equal to the present ones go on as if nothing had
   * happened, changed ones keep what they remember of rules that are still there.
   */
  synchronized void apply(
      List<GroupDefinition> groups, Duration newQueryOffset, Map<String, String> newLabels) {
    queryOffset = newQueryOffset;
    externalLabels = newLabels;
    Map<String, GroupLoop> present = loops;
    Map<String, GroupLoop> next = new LinkedHashMap<>();
    List<GroupLoop> changed = new ArrayList<>();
    for (GroupDefinition definition : sorted(groups)) {
      GroupLoop before = present.get(definition.key());
      if (before != null && before.group().definition().equals(definition)) {
        next.put(definition.key(), before);
        continue;
      }
      GroupLoop loop =
          new GroupLoop(
              new Group(definition, surroundings, restored),
              ticks,
              !restored,
              // One that was never begun has nothing to be taken over.
              started ? before : null);
      next.put(definition.key(), loop);
      changed.add(loop);
    }
    loops = next;
    if (started) {
      restored = true;
    }
    present.forEach((key, loop) -> {
      GroupLoop successor = next.get(key);
      if (successor == loop) {
        return;
      }
      if (successor == null) {
        metrics.remove(key);
      }
      if (started) {
        loop.stop(successor == null ? Ending.MARK_STALE : Ending.LEAVE);
        ending.add(loop);
      }
    });
    if (started) {
      changed.forEach(this::start);
    }
  }

  private void start(GroupLoop loop) {
    loop.start(() -> isOver(loop));
  }

  private synchronized void isOver(GroupLoop loop) {
    ending.remove(loop);
  }

  /** By file and name; of two with the same, which one file named twice gives, the first. */
  private static List<GroupDefinition> sorted(List<GroupDefinition> groups) {
    List<GroupDefinition> all = new ArrayList<>(groups);
    all.sort(Comparator.comparing(GroupDefinition::file).thenComparing(GroupDefinition::name));
    return all;
  }

  private void send(List<Alert> alerts) {
    for (AlertSink sink : extensions.all(AlertSink.class)) {
      try {
        sink.send(alerts);
      } catch (RuntimeException | LinkageError e) {
        LOG.error(
            "Error sending alerts sink={} num_dropped={}",
            sink.getClass().getName(),
            alerts.size(),
            e);
      }
    }
  }

  /** All groups, in the order of files and names. */
  List<RulesView.Group> view() {
    return loops.values().stream().map(GroupLoop::view).toList();
  }

  @Override
  public synchronized void start() {
    if (!started) {
      started = true;
      restored = true;
      history.open();
      loops.values().forEach(this::start);
    }
  }

  @Override
  public void stop() {
    List<GroupLoop> all;
    synchronized (this) {
      if (!started) {
        return;
      }
      started = false;
      all = new ArrayList<>(loops.values());
      all.addAll(ending);
      loops = Map.of();
      ending.clear();
    }
    all.forEach(GroupLoop::close);
    try {
      List<GroupLoop> left = awaitEnd(all, END_WITHIN);
      left.forEach(GroupLoop::cancel);
      left = awaitEnd(left, CANCEL_WITHIN);
      if (!left.isEmpty()) {
        LOG.warn("Rule groups were not stopped in time groups={}", left.size());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      all.forEach(GroupLoop::cancel);
    }
    history.flush();
  }

  /** Those that have not ended in time. */
  private static List<GroupLoop> awaitEnd(List<GroupLoop> loops, Duration within)
      throws InterruptedException {
    long deadline = System.nanoTime() + within.toNanos();
    List<GroupLoop> left = new ArrayList<>();
    for (GroupLoop loop : loops) {
      if (!loop.awaitEnd(deadline)) {
        left.add(loop);
      }
    }
    return left;
  }
}
