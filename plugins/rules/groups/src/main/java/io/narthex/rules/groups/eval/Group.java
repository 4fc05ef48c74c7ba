package io.narthex.rules.groups.eval;

import io.narthex.api.alert.Alert;
import io.narthex.api.alert.RulesView;
import io.narthex.api.model.Labels;
import io.narthex.api.query.QueryOptions;
import io.narthex.api.query.QueryOrigin;
import io.narthex.api.service.Ticks;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageException;
import io.narthex.rules.groups.file.GroupDefinition;
import io.narthex.rules.groups.file.RuleDefinition;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A group of rules and what it remembers from one evaluation to the next. Evaluated by one thread
 * at a time; pages may look at it meanwhile.
 */
public final class Group {
  private static final Logger LOG = LoggerFactory.getLogger(Group.class);

  private final GroupDefinition definition;
  private final Surroundings surroundings;
  private final RuleMetrics.OfGroup metrics;
  private final Queries queries;
  private final List<Rule> rules;
  private final QueryOptions options;

  /**
   * Made when it is needed first, since it takes a look at all pairs of rules. Used by the
   * evaluating thread alone.
   */
  private @Nullable Dependencies dependencies;

  /** Series of rules that are there no more. Used by the evaluating thread alone. */
  private List<Labels> orphans = new ArrayList<>();

  /** Threads that evaluate a rule. */
  private final Set<Thread> evaluating = ConcurrentHashMap.newKeySet();

  /** Wall clock of the last evaluation, nanoseconds; 0 before the first. */
  private volatile long lastEvaluation;

  private volatile long evaluationTime;

  /**
   * Makes one that has not been evaluated.
   *
   * @param restored whether alerts have nothing to be restored from storage
   */
  public Group(GroupDefinition definition, Surroundings surroundings, boolean restored) {
    this.definition = definition;
    this.surroundings = surroundings;
    queries = surroundings.queries();
    metrics = surroundings.metrics().of(definition.key());
    List<Rule> made = new ArrayList<>();
    for (RuleDefinition rule : definition.rules()) {
      made.add(
          rule.alerting()
              ? new AlertingRule(
                  rule,
                  new WrittenSeries(),
                  definition,
                  surroundings.templates(),
                  surroundings.watcher(),
                  restored)
              : new RecordingRule(rule, new WrittenSeries()));
    }
    rules = List.copyOf(made);
    options =
        new QueryOptions(
            Duration.ZERO,
            Duration.ZERO,
            QueryOptions.StatisticsLevel.NONE,
            definition.key(),
            new QueryOrigin.RuleGroup(definition.file(), definition.name()));
    metrics.shape(rules.size(), definition.interval().toNanos());
  }

  public GroupDefinition definition() {
    return definition;
  }

  private long queryOffset() {
    return definition.queryOffset().orElseGet(surroundings.queryOffset()).toNanos();
  }

  /**
   * Evaluates all rules.
   *
   * @param time of the schedule, nanoseconds since the epoch
   * @param missed how many evaluations before this one were left out
   * @param stopping whether no further rule is to be begun
   */
  public void evaluate(long time, long missed, BooleanSupplier stopping) {
    metrics.begins(missed);
    long wall = surroundings.ticks().wallNanos();
    long begin = surroundings.ticks().nanos();
    AtomicLong samples = new AtomicLong();
    Rule.Due due = new Rule.Due(time, queryOffset(), definition.limit(), options);
    Permits permits = surroundings.settings().get().permits();
    boolean whole =
        (permits.any() && rules.size() > 1)
            ? besideEachOther(due, permits, samples, stopping)
            : oneAfterTheOther(due, samples, stopping);
    if (whole) {
      endOrphans(due);
    }
    long took = surroundings.ticks().nanos() - begin;
    long rulesTook = 0;
    for (Rule rule : rules) {
      rulesTook += rule.status().took();
    }
    evaluationTime = took;
    lastEvaluation = wall;
    metrics.ends(wall, took, rulesTook, samples.get());
  }

  private boolean oneAfterTheOther(Rule.Due due, AtomicLong samples, BooleanSupplier stopping) {
    for (int i = 0; i < rules.size(); i++) {
      if (stopping.getAsBoolean()) {
        return false;
      }
      evaluate(i, due, samples);
    }
    return true;
  }

  /**
   * Begins each rule when those are done that it must wait for: on a thread of its own as long as
   * there are permits, else here.
   */
  private boolean besideEachOther(
      Rule.Due due, Permits permits, AtomicLong samples, BooleanSupplier stopping) {
    Dependencies order = dependencies();
    int[] awaited = order.awaited().clone();
    PriorityQueue<Integer> ready = new PriorityQueue<>();
    for (int i = 0; i < awaited.length; i++) {
      if (awaited[i] == 0) {
        ready.add(i);
      }
    }
    LinkedBlockingQueue<Integer> finished = new LinkedBlockingQueue<>();
    int left = rules.size();
    int running = 0;
    while (left > 0) {
      boolean stop = stopping.getAsBoolean();
      Integer next = stop ? null : ready.poll();
      if (next == null) {
        if (running == 0) {
          return false;
        }
        follow(order, take(finished), awaited, ready);
        running--;
        left--;
        continue;
      }
      boolean alone = ready.isEmpty() && running == 0;
      if (!alone && permits.tryAcquire()) {
        int rule = next;
        running++;
        Thread.ofVirtual()
            .name("rule-" + definition.name())
            .start(() -> {
              try {
                evaluate(rule, due, samples);
              } finally {
                permits.release();
                finished.add(rule);
              }
            });
      } else {
        evaluate(next, due, samples);
        left--;
        follow(order, next, awaited, ready);
      }
      for (Integer done = finished.poll(); done != null; done = finished.poll()) {
        running--;
        left--;
        follow(order, done, awaited, ready);
      }
    }
    return true;
  }

  private Dependencies dependencies() {
    Dependencies known = dependencies;
    if (known == null) {
      known = Dependencies.of(definition.rules());
      dependencies = known;
    }
    return known;
  }

  private static void follow(
      Dependencies order, int done, int[] awaited, PriorityQueue<Integer> ready) {
    for (int follower : order.followers().get(done)) {
      if (--awaited[follower] == 0) {
        ready.add(follower);
      }
    }
  }

  /** Waits for a rule; those that run must end before anything else is done with the group. */
  private static int take(LinkedBlockingQueue<Integer> finished) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return finished.take();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void evaluate(int index, Rule.Due due, AtomicLong samples) {
    Rule rule = rules.get(index);
    long wall = surroundings.ticks().wallNanos();
    long begin = surroundings.ticks().nanos();
    metrics.evaluating();
    String error = "";
    boolean canceled = false;
    evaluating.add(Thread.currentThread());
    try {
      error = run(rule, due, samples);
    } catch (RuleFailure e) {
      error = String.valueOf(e.getMessage());
      canceled = e.canceled();
      metrics.failed();
    } catch (StorageException e) {
      error = String.valueOf(e.getMessage());
      metrics.failed();
    } catch (RuntimeException | Error e) {
      // A mistake of an engine, a storage or a function is this rule's alone.
      LOG.debug("Evaluating rule failed", e);
      error = e.toString();
      metrics.failed();
    } finally {
      evaluating.remove(Thread.currentThread());
    }
    long took = surroundings.ticks().nanos() - begin;
    metrics.evaluated(took);
    Rule.Status before = rule.status();
    rule.status(
        new Rule.Status(error.isEmpty() ? Rule.Health.OK : Rule.Health.ERR, error, wall, took));
    if (surroundings.logged() && !canceled && !error.equals(before.lastError())) {
      log(rule, index, error);
    }
  }

  private void log(Rule rule, int index, String error) {
    if (error.isEmpty()) {
      LOG.info(
          "Evaluating rule succeeds again file={} group={} name={} index={}",
          definition.file(),
          definition.name(),
          rule.definition.name(),
          index);
    } else {
      LOG.warn(
          "Evaluating rule failed file={} group={} name={} index={} err={}",
          definition.file(),
          definition.name(),
          rule.definition.name(),
          index,
          error);
    }
  }

  /** Evaluates a rule and stores what it gives; why samples were refused, empty when none was. */
  private String run(Rule rule, Rule.Due due, AtomicLong samples)
      throws RuleFailure, StorageException {
    Vector vector = rule.evaluate(due, queries);
    samples.addAndGet(vector.size());
    if (rule instanceof AlertingRule alerting) {
      send(alerting, due.time());
    }
    return rule.written.write(storage(), vector);
  }

  private void send(AlertingRule rule, long time) {
    List<Alert> alerts =
        rule.toSend(
            time,
            definition.interval().toNanos(),
            surroundings.settings().get().resendDelay().toNanos(),
            surroundings.externalUrl().get());
    if (!alerts.isEmpty()) {
      surroundings.sink().accept(alerts);
    }
  }

  private Storage storage() throws RuleFailure {
    return surroundings
        .storage()
        .find()
        .orElseThrow(() -> new RuleFailure("no storage is available"));
  }

  private void endOrphans(Rule.Due due) {
    if (orphans.isEmpty()) {
      return;
    }
    try {
      WrittenSeries.markStale(storage(), orphans, due.queryTime());
      orphans = new ArrayList<>();
    } catch (RuleFailure | StorageException | RuntimeException e) {
      LOG.warn(
          "Stale sample appending for previous configuration failed file={} group={} err={}",
          definition.file(),
          definition.name(),
          reason(e));
    }
  }

  private static String reason(Exception e) {
    return e instanceof RuntimeException ? e.toString() : String.valueOf(e.getMessage());
  }

  /** Gives alerts back what they had before the process was restarted. */
  public void restore() {
    long begin = surroundings.ticks().nanos();
    List<AlertingRule> alerting = new ArrayList<>();
    for (Rule rule : rules) {
      if (rule instanceof AlertingRule one) {
        alerting.add(one);
      }
    }
    EvaluationSettings settings = surroundings.settings().get();
    try {
      new Restoration(settings.outageTolerance().toNanos(), settings.gracePeriod().toNanos())
          .restore(alerting, storage(), surroundings.ticks().wallNanos());
    } catch (RuleFailure | RuntimeException e) {
      alerting.forEach(AlertingRule::restored);
      LOG.error("Failed to restore 'for' state err={}", reason(e));
    }
    metrics.restored(surroundings.ticks().nanos() - begin);
  }

  /** Has alerts store nothing until {@link #restore}, as after a start. */
  void awaitRestoration() {
    for (Rule rule : rules) {
      if (rule instanceof AlertingRule alerting) {
        alerting.awaitRestoration();
      }
    }
  }

  /**
   * Takes over the state of the group of before a reload, which is not evaluated any more: of rules
   * with the same name and labels, the first of several from the first. What other rules wrote gets
   * stale markers at the next evaluation.
   */
  public void takeOver(Group before) {
    evaluationTime = before.evaluationTime;
    lastEvaluation = before.lastEvaluation;
    Map<Object, Deque<Rule>> old = new HashMap<>();
    for (Rule rule : before.rules) {
      old.computeIfAbsent(rule.identity(), identity -> new ArrayDeque<>()).add(rule);
    }
    for (Rule rule : rules) {
      Deque<Rule> same = old.get(rule.identity());
      Rule found = same == null ? null : same.poll();
      if (found == null) {
        continue;
      }
      rule.written.takeOver(found.written);
      if (rule instanceof AlertingRule alerting && found instanceof AlertingRule alerted) {
        alerting.takeOver(alerted);
      }
    }
    orphans.addAll(before.orphans);
    for (Deque<Rule> rest : old.values()) {
      rest.forEach(rule -> orphans.addAll(rule.written.live()));
    }
  }

  /**
   * Marks all series of the group as ended; it is not evaluated any more.
   *
   * @param time nanoseconds since the epoch
   */
  public void endSeries(long time) {
    rules.forEach(rule -> orphans.addAll(rule.written.live()));
    endOrphans(new Rule.Due(time, queryOffset(), 0, options));
  }

  /** Has rules that are evaluated now end early. */
  public void cancel() {
    evaluating.forEach(Thread::interrupt);
  }

  /** Tells the name and the error of each rule whose last evaluation failed. */
  public void failures(BiConsumer<String, String> to) {
    for (Rule rule : rules) {
      String error = rule.status().lastError();
      if (!error.isEmpty()) {
        to.accept(rule.definition.name(), error);
      }
    }
  }

  /** As pages show it. */
  public RulesView.Group view() {
    long last = lastEvaluation;
    return new RulesView.Group(
        definition.name(),
        definition.file(),
        definition.interval(),
        definition.limit(),
        rules.stream().map(Rule::view).toList(),
        last == 0 ? Optional.empty() : Optional.of(Ticks.instant(last)),
        Duration.ofNanos(evaluationTime));
  }
}
