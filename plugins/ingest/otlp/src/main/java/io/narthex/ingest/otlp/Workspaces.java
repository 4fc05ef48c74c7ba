package io.narthex.ingest.otlp;

import io.narthex.api.web.MemoryBudget;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.random.RandomGenerator;

/** The workspaces that wait for a request; a few at most. Safe for any number of threads. */
final class Workspaces {
  private final MemoryBudget budget;
  private final RandomGenerator random;
  private final ArrayBlockingQueue<Workspace> idle;

  /**
   * Makes none yet.
   *
   * @param most how many are kept
   */
  Workspaces(MemoryBudget budget, RandomGenerator random, int most) {
    this.budget = budget;
    this.random = random;
    idle = new ArrayBlockingQueue<>(most);
  }

  Workspace take(TranslatorSettings settings) {
    Workspace found = idle.poll();
    return found != null ? found : new Workspace(budget, random.nextLong(), settings);
  }

  void giveBack(Workspace workspace) {
    workspace.trim();
    if (workspace.isLarge() || !idle.offer(workspace)) {
      workspace.drop();
    }
  }
}
