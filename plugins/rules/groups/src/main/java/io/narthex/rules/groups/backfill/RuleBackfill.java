package io.narthex.rules.groups.backfill;

import io.narthex.api.command.ServerConnection;
import io.narthex.api.model.LabelNames;
import io.narthex.api.storage.BlockBackfill;
import io.narthex.rules.groups.eval.Schedule;
import io.narthex.rules.groups.file.GroupDefinition;
import io.narthex.rules.groups.file.RuleDefinition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Asks a server what recording rules would have recorded, and makes blocks of the answers: window
 * by window, so that memory does not depend on the length of the time, and all rules into one block
 * of a window. Times are those at which a server would have evaluated the groups. Not safe for
 * several threads.
 */
public final class RuleBackfill {
  /** Steps for which a server answers at most. */
  private static final int STEPS = 11_000;

  private static final long NANOS = 1_000_000;
  private static final long SECOND = 1000;

  /** Is told how it goes. */
  public interface Listener {
    /** The first question for a group follows. */
    void group(String key);

    /** The first question for a rule follows. */
    void rule(int number, String name);

    /** The server has warned. */
    void warned(List<String> warnings);
  }

  /**
   * What came of it.
   *
   * @param errors one for each rule that was given up, with what its blocks have till then
   * @param leftOut samples of series that become the same by a rule's labels
   * @param histograms native histograms, which the HTTP API does not give as they are
   */
  public record Outcome(List<String> errors, long leftOut, long histograms) {
    public Outcome {
      errors = List.copyOf(errors);
    }
  }

  /** A rule and how far it is. */
  private static final class Task {
    final GroupDefinition group;
    final RuleDefinition rule;
    final int number;
    final Schedule schedule;
    boolean begun;
    boolean failed;

    Task(GroupDefinition group, RuleDefinition rule, int number) {
      this.group = group;
      this.rule = rule;
      this.number = number;
      this.schedule = Schedule.of(group.file(), group.name(), group.interval().toNanos());
    }

    /** Whether both may record the same series: not when a label that both set tells them apart. */
    boolean mayMeet(Task other) {
      if (!rule.name().equals(other.rule.name())) {
        return false;
      }
      return rule.labels().entrySet().stream()
          .noneMatch(label -> {
            String there = other.rule.labels().get(label.getKey());
            return there != null && !there.equals(label.getValue());
          });
    }
  }

  private final RangeQueries queries;
  private final BlockBackfill blocks;
  private final Path directory;
  private final Listener listener;
  private final List<String> errors = new ArrayList<>();
  private final Set<String> groupsSaid = new HashSet<>();
  private long leftOut;
  private long histograms;

  /**
   * Prepares.
   *
   * @param server is asked, and not closed
   * @param directory in which blocks are to stand
   */
  public RuleBackfill(
      ServerConnection server, BlockBackfill blocks, Path directory, Listener listener) {
    this.queries = new RangeQueries(server);
    this.blocks = blocks;
    this.directory = directory;
    this.listener = listener;
  }

  /**
   * Asks and writes. A rule that fails is given up, the others go on.
   *
   * @param groups whose alerting rules are passed over
   * @param start seconds since the epoch, inclusive
   * @param end seconds since the epoch, inclusive
   * @param longest milliseconds that a block may span
   * @throws IOException when blocks cannot be written
   */
  public Outcome run(List<GroupDefinition> groups, long start, long end, long longest)
      throws IOException, InterruptedException {
    List<List<Task>> layers = layers(groups);
    long duration = blocks.duration(longest);
    for (long window = Math.floorDiv(start * SECOND, duration) * duration;
        window <= end * SECOND;
        window += duration) {
      long from = Math.max(window, start * SECOND);
      long to = Math.min(window + duration - 1, end * SECOND);
      for (List<Task> layer : layers) {
        try (BlockBackfill.Writer writer = blocks.open(directory, duration)) {
          for (Task task : layer) {
            window(task, from, to, writer);
          }
          writer.finish();
        }
      }
    }
    return new Outcome(errors, leftOut, histograms);
  }

  /**
   * The recording rules, those that may record the same series in different lists: each list has
   * blocks of its own, and when these are read their samples are merged.
   */
  private static List<List<Task>> layers(List<GroupDefinition> groups) {
    List<List<Task>> layers = new ArrayList<>();
    for (GroupDefinition group : groups) {
      for (int i = 0; i < group.rules().size(); i++) {
        if (group.rules().get(i).alerting()) {
          continue;
        }
        Task task = new Task(group, group.rules().get(i), i);
        int layer = 0;
        while (layer < layers.size() && layers.get(layer).stream().anyMatch(task::mayMeet)) {
          layer++;
        }
        if (layer == layers.size()) {
          layers.add(new ArrayList<>());
        }
        layers.get(layer).add(task);
      }
    }
    return layers;
  }

  /** Asks for a rule between two times, in milliseconds, both inclusive. */
  private void window(Task task, long from, long to, BlockBackfill.Writer writer)
      throws IOException, InterruptedException {
    if (task.failed) {
      return;
    }
    if (!task.begun) {
      task.begun = true;
      if (groupsSaid.add(task.group.key())) {
        listener.group(task.group.key());
      }
      listener.rule(task.number, task.rule.name());
    }
    long interval = task.schedule.interval();
    long first = task.schedule.slot(from * NANOS);
    if (first < from * NANOS) {
      first += interval;
    }
    try {
      while (millis(first) <= to) {
        long last = Math.min((to * NANOS - first) / interval, STEPS - 1);
        RangeAnswer answer =
            queries.ask(
                task.rule.query(),
                millis(first),
                Math.min(to, millis(first + last * interval)),
                interval,
                (labels, samples) -> {
                  task.rule.labels().forEach(labels::set);
                  labels.set(LabelNames.METRIC_NAME, task.rule.name());
                  leftOut += writer.add(labels.build(), samples);
                });
        histograms += answer.histograms();
        if (!answer.warnings().isEmpty()) {
          listener.warned(answer.warnings());
        }
        first += (last + 1) * interval;
      }
    } catch (QueryFailure e) {
      task.failed = true;
      errors.add(String.valueOf(e.getMessage()));
    }
  }

  /** As the server rounds a time that it is asked for. */
  private static long millis(long nanos) {
    return Math.floorDiv(nanos + NANOS / 2, NANOS);
  }
}
