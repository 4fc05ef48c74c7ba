package io.narthex.ingest.remotewrite;

import io.narthex.api.web.MemoryBudget;
import java.util.concurrent.ArrayBlockingQueue;

/** The workspaces that wait for a request; a few at most. Safe for any number of threads. */
final class Workspaces {
  private final MemoryBudget budget;
  private final ArrayBlockingQueue<Workspace> idle;

  /**
   * Makes none yet.
   *
   * @param most how many are kept
   */
  Workspaces(MemoryBudget budget, int most) {
    this.budget = budget;
    idle = new ArrayBlockingQueue<>(most);
  }

  /** A workspace to read a request for a storage with. */
  Workspace take() {
    Workspace found = idle.poll();
    return found != null ? found : new Workspace(budget);
  }

  void giveBack(Workspace workspace) {
    workspace.trim();
    if (!idle.offer(workspace)) {
      workspace.drop();
    }
  }
}
