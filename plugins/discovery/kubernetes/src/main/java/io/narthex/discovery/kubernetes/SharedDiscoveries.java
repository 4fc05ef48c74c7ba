package io.narthex.discovery.kubernetes;

import io.narthex.api.discovery.Discoverer;
import io.narthex.api.discovery.TargetSink;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Runs equal configurations once: jobs that look for the same, as most jobs of a configuration for
 * Kubernetes do, share watches and what is kept of the objects. Safe for any number of threads.
 */
final class SharedDiscoveries {
  /** Makes the discoverer of a configuration. */
  interface Maker {
    KubernetesDiscoverer make(KubernetesConfig config, Path baseDirectory);
  }

  private final Maker maker;
  private final Map<Key, Running> running = new HashMap<>();

  private record Key(KubernetesConfig config, Path baseDirectory) {}

  SharedDiscoveries(Maker maker) {
    this.maker = maker;
  }

  /** A discoverer that shares its work with those of equal configurations. */
  Discoverer discoverer(KubernetesConfig config, Path baseDirectory) {
    Key key = new Key(config, baseDirectory);
    return sink -> {
      Running shared = join(key, sink);
      try {
        shared.ended.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof Exception cause) {
          throw cause;
        }
        throw e;
      } finally {
        leave(shared, sink);
      }
    };
  }

  private synchronized Running join(Key key, TargetSink sink) {
    Running shared = running.get(key);
    if (shared == null) {
      shared = new Running(key);
      running.put(key, shared);
      shared.outlet.add(sink);
      shared.thread.start();
    } else {
      shared.outlet.add(sink);
    }
    return shared;
  }

  private synchronized void leave(Running shared, TargetSink sink) {
    if (shared.outlet.remove(sink)) {
      running.remove(shared.key, shared);
      shared.thread.interrupt();
    }
  }

  private synchronized void end(Running shared) {
    running.remove(shared.key, shared);
  }

  private final class Running {
    private final Key key;
    private final Outlet outlet = new Outlet();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Thread thread;

    Running(Key key) {
      this.key = key;
      thread =
          Thread.ofVirtual().name("kubernetes-" + key.config().role()).unstarted(this::discover);
    }

    private void discover() {
      try {
        maker.make(key.config(), key.baseDirectory()).run(outlet);
        ended.complete(null);
      } catch (Throwable e) {
        // Errors too: jobs that share it wait for its end. Whoever runs it anew begins with a new
        // one.
        end(this);
        ended.completeExceptionally(e);
      }
    }
  }
}
