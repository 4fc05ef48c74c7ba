package io.narthex.kernel.plugin;

import com.google.inject.Injector;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.plugin.PluginContext;
import io.narthex.api.plugin.Plugins;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.pf4j.PluginDependency;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Finds, loads, starts, watches, stops and unloads plugins. Whatever a plugin does wrong, it is
 * that plugin which is {@link Plugins.State#FAILED}, with a reason; the others go on.
 *
 * <p>All changes, all calls of {@link PluginListener} and of {@link #onChange} listeners happen on
 * one thread of its own, which {@link #open} starts. The reading methods may be called by any
 * number of threads and never wait for it.
 */
public final class PluginHost implements Plugins, Extensions, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PluginHost.class);

  /**
   * An extension and whose it is.
   *
   * @param pluginId id of its plugin
   * @param extension the instance
   * @param <T> an extension point
   */
  public record Owned<T>(String pluginId, T extension) {}

  private record Failure(String reason, boolean lasting) {}

  /**
   * Wants to hear of changes.
   *
   * @param plugin whose listener it is; empty for one of the kernel
   * @param busy while a call has not returned: it is not called again before it has
   */
  private record Subscriber(String plugin, Runnable changed, AtomicBoolean busy) {}

  private final PluginSettings settings;
  private final PluginListener listener;
  private final PluginScanner scanner;
  private final PluginWorkshop workshop;
  private final PluginMetrics metrics;
  private final List<Subscriber> subscribers = new CopyOnWriteArrayList<>();

  private volatile List<Owned<?>> extensions = List.of();
  private volatile List<Status> statuses = List.of();
  private volatile @Nullable Thread thread;
  private volatile @Nullable ScheduledExecutorService executor;

  // From here on: only on the thread.
  private final Map<String, LoadedPlugin> running = new LinkedHashMap<>();
  private final Map<Found, Failure> failures = new HashMap<>();
  private final UniqueNames names = new UniqueNames();
  private Map<Path, PluginScanner.Sighting> sightings = Map.of();
  private Map<Path, Found> accepted = Map.of();
  private Set<String> disabled = Set.of();
  private Resolution resolution = new Resolution(List.of(), Map.of(), List.of());
  private @Nullable Injector kernel;

  /**
   * Makes a host; does nothing yet.
   *
   * @param listener is told of each plugin that comes and goes
   * @param metrics where {@code narthex_plugin_*} are registered
   */
  public PluginHost(PluginSettings settings, PluginListener listener, PrometheusRegistry metrics) {
    this(settings, listener, metrics, System.getProperty("java.class.path", ""));
  }

  PluginHost(
      PluginSettings settings,
      PluginListener listener,
      PrometheusRegistry metrics,
      String applicationClassPath) {
    this(settings, listener, metrics, applicationClassPath, PluginHost.class.getClassLoader());
  }

  PluginHost(
      PluginSettings settings,
      PluginListener listener,
      PrometheusRegistry metrics,
      String applicationClassPath,
      ClassLoader application) {
    this.settings = settings;
    this.listener = listener;
    ApplicationClassPath classPath = ApplicationClassPath.of(applicationClassPath);
    this.scanner = new PluginScanner(settings, classPath);
    this.workshop =
        new PluginWorkshop(settings, application, classPath, id -> of(id, Object.class));
    this.metrics = new PluginMetrics(metrics, this::all);
  }

  /**
   * Loads and starts all plugins, and returns when that is done. No plugin makes it fail.
   *
   * @param kernelServices what the constructors of extensions may ask for: everything that is
   *     explicitly bound in it. {@link PluginContext}, {@link Extensions}, {@link Plugins} and
   *     {@link PrometheusRegistry} are added for each plugin. The injector keeps nothing of any
   *     plugin.
   * @throws IllegalStateException when it was opened before
   */
  public synchronized void open(Injector kernelServices) {
    if (executor != null) {
      throw new IllegalStateException("cannot open plugins: already opened");
    }
    executor =
        Executors.newSingleThreadScheduledExecutor(task -> {
          Thread made = Thread.ofPlatform().daemon().name("plugins").unstarted(task);
          thread = made;
          return made;
        });
    run(() -> {
      kernel = kernelServices;
      return look(true);
    });
  }

  /**
   * Begins to look at the directories again and again: what is dropped in is loaded once it has not
   * changed between two looks, what is removed is unloaded, what is replaced is reloaded. Does
   * nothing when the interval of the settings is 0.
   *
   * @throws IllegalStateException when it is not open
   */
  public void watch() {
    ScheduledExecutorService open = executor;
    if (open == null) {
      throw new IllegalStateException("cannot watch plugins: not open");
    }
    long nanos = settings.pollInterval().toNanos();
    if (nanos == 0) {
      return;
    }
    open.scheduleWithFixedDelay(
        () -> {
          try {
            look(false);
          } catch (Exception | LinkageError | StackOverflowError e) {
            // Uncaught, it would end all further looks without a word.
            LOG.atError().setCause(e).log("Cannot look for plugins");
          }
        },
        nanos,
        nanos,
        TimeUnit.NANOSECONDS);
  }

  /**
   * Looks at the directories once.
   *
   * @return whether any plugin was started, stopped or refused
   * @throws IllegalStateException when it is not open
   */
  public boolean poll() {
    return run(() -> look(false));
  }

  @Override
  public List<Status> all() {
    return statuses;
  }

  @Override
  public <T> List<T> all(Class<T> type) {
    List<T> found = new ArrayList<>();
    for (Owned<?> owned : extensions) {
      if (type.isInstance(owned.extension)) {
        found.add(type.cast(owned.extension));
      }
    }
    return List.copyOf(found);
  }

  /** All extensions of a type with their owners, in the order in which plugins were started. */
  public <T> List<Owned<T>> owned(Class<T> type) {
    List<Owned<T>> found = new ArrayList<>();
    for (Owned<?> owned : extensions) {
      if (type.isInstance(owned.extension)) {
        found.add(new Owned<>(owned.pluginId, type.cast(owned.extension)));
      }
    }
    return List.copyOf(found);
  }

  /** The extensions of a type that one plugin has. */
  public <T> List<T> of(String pluginId, Class<T> type) {
    List<T> found = new ArrayList<>();
    for (Owned<?> owned : extensions) {
      if (owned.pluginId.equals(pluginId) && type.isInstance(owned.extension)) {
        found.add(type.cast(owned.extension));
      }
    }
    return List.copyOf(found);
  }

  @Override
  public AutoCloseable onChange(Runnable changed) {
    return subscribe("", changed);
  }

  private AutoCloseable subscribe(String plugin, Runnable changed) {
    Subscriber subscriber = new Subscriber(plugin, changed, new AtomicBoolean());
    subscribers.add(subscriber);
    return () -> subscribers.remove(subscriber);
  }

  /**
   * Marks a started plugin as failed, because something of it could not be started or broke down
   * later. Its extensions stay listed. Does nothing when it does not run. Safe for any thread; does
   * not wait.
   *
   * @param reason for users, without the plugin's name
   */
  public void markFailed(String pluginId, String reason) {
    ScheduledExecutorService open = executor;
    if (Thread.currentThread().equals(thread)) {
      fail(pluginId, reason);
    } else if (open != null) {
      try {
        open.execute(() -> fail(pluginId, reason));
      } catch (RejectedExecutionException e) {
        LOG.atDebug().addKeyValue("id", pluginId).log("Plugin failed while all were stopped");
      }
    }
  }

  private void fail(String pluginId, String reason) {
    LoadedPlugin plugin = running.get(pluginId);
    if (plugin != null) {
      plugin.fail(reason);
      metrics.failed();
      LOG.atWarn().addKeyValue("id", pluginId).addKeyValue("reason", reason).log("Plugin failed");
      publish();
    }
  }

  /** Stops all plugins, the last started first, and unloads them. May be called twice. */
  @Override
  public synchronized void close() {
    ScheduledExecutorService open = executor;
    if (open == null || open.isShutdown()) {
      return;
    }
    run(() -> {
      for (LoadedPlugin plugin : new ArrayList<>(running.values()).reversed()) {
        stop(plugin);
      }
      subscribers.clear();
      List<Status> stopped = new ArrayList<>();
      for (Status status : statuses) {
        stopped.add(
            status.state() == State.STARTED
                ? new Status(
                    status.id(),
                    status.version(),
                    State.STOPPED,
                    "",
                    status.description(),
                    status.provider(),
                    status.path(),
                    status.bundled(),
                    status.extensions())
                : status);
      }
      statuses = List.copyOf(stopped);
      return true;
    });
    open.shutdownNow();
    PluginWorkshop.quietly("", workshop);
  }

  private <T> T run(Callable<T> action) {
    ScheduledExecutorService open = executor;
    if (open == null || open.isShutdown()) {
      throw new IllegalStateException("cannot change plugins: not open");
    }
    try {
      return Thread.currentThread().equals(thread) ? action.call() : open.submit(action).get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("cannot change plugins", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("cannot change plugins: interrupted", e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("cannot change plugins", e);
    }
  }

  /** One look: what is on disk decides what runs. */
  private boolean look(boolean first) {
    Map<Path, PluginScanner.Sighting> now = scanner.scan();
    Map<Path, Found> next = new LinkedHashMap<>();
    now.forEach((path, sighting) -> {
      Found before = accepted.get(path);
      if (before != null && before.fingerprint().equals(sighting.fingerprint())) {
        next.put(path, before);
      } else if (first || sighting.equals(sightings.get(path))) {
        next.put(path, scanner.read(path, sighting));
      } else if (before != null) {
        // It is being written; what was there before stays until that is done.
        next.put(path, before);
      }
    });
    sightings = now;
    Set<String> off = new LinkedHashSet<>(scanner.disabled());
    off.addAll(settings.disabled());
    if (!first && next.equals(accepted) && off.equals(disabled)) {
      return false;
    }
    accepted = next;
    disabled = off;
    failures.keySet().retainAll(next.values());
    reconcile();
    return true;
  }

  private void reconcile() {
    Set<Found> runningNow = new HashSet<>();
    running.values().forEach(plugin -> runningNow.add(plugin.found()));
    Resolution wanted =
        Resolution.of(
            accepted.values(), settings.program(), settings.version(), disabled, runningNow);
    Set<Found> toRun = new HashSet<>(wanted.run());
    logRefused(wanted);
    resolution = wanted;

    Set<String> ending = new HashSet<>();
    for (LoadedPlugin plugin : running.values()) {
      if (!toRun.contains(plugin.found()) || dependsOnAny(plugin.found(), ending)) {
        ending.add(plugin.id());
      }
    }
    for (LoadedPlugin plugin : new ArrayList<>(running.values()).reversed()) {
      if (ending.contains(plugin.id())) {
        stop(plugin);
      }
    }
    failures.values().removeIf(failure -> !failure.lasting());
    failures.keySet().retainAll(toRun);

    int started = 0;
    for (Found found : wanted.run()) {
      if (!running.containsKey(found.id()) && !failures.containsKey(found)) {
        started += start(found) ? 1 : 0;
      }
    }
    publish();
    if (started > 0 || !ending.isEmpty()) {
      subscribers.forEach(this::tell);
      try {
        listener.changed();
      } catch (RuntimeException | LinkageError | StackOverflowError e) {
        LOG.atError().setCause(e).log("Cannot follow a change of plugins");
      }
    }
  }

  private static boolean dependsOnAny(Found found, Set<String> ids) {
    return found.described().getDependencies().stream()
        .anyMatch(dependency -> ids.contains(dependency.getPluginId()));
  }

  private void logRefused(Resolution wanted) {
    wanted
        .refused()
        .forEach((found, reason) -> {
          if (!reason.equals(resolution.refused().get(found))) {
            metrics.failed();
            LOG.atWarn()
                .addKeyValue("id", found.id())
                .addKeyValue("path", found.path())
                .addKeyValue("reason", reason)
                .log("Cannot load plugin");
          }
        });
  }

  private boolean start(Found found) {
    List<IsolatedClassLoader> dependencies = new ArrayList<>();
    for (PluginDependency dependency : found.described().getDependencies()) {
      LoadedPlugin other = running.get(dependency.getPluginId());
      if (other == null && !dependency.isOptional()) {
        refuse(
            found,
            new PluginFault("needs plugin " + dependency.getPluginId() + ", which failed"),
            false);
        return false;
      }
      if (other != null && other.loader() instanceof IsolatedClassLoader isolated) {
        dependencies.add(isolated);
      }
    }
    LoadedPlugin plugin;
    try {
      if (kernel == null) {
        throw new IllegalStateException("not open");
      }
      plugin = workshop.load(found, dependencies, kernel, this::own);
    } catch (PluginFault e) {
      refuse(found, e, true);
      return false;
    }
    try {
      names.claim(plugin.id(), plugin.names());
    } catch (PluginFault e) {
      workshop.unload(plugin);
      refuse(found, e, false);
      return false;
    }
    running.put(found.id(), plugin);
    list();
    metrics.loaded();
    // Those that come with the installation are always there; boot says how many.
    LOG.atLevel(found.bundled() ? Level.DEBUG : Level.INFO)
        .addKeyValue("id", found.id())
        .addKeyValue("version", found.version())
        .addKeyValue("path", found.path())
        .log("Plugin started");
    announce(plugin);
    return true;
  }

  /** The services that each plugin has for itself. */
  private Map<Class<?>, Object> own(LoadedPlugin plugin) {
    Map<Class<?>, Object> own = new LinkedHashMap<>();
    own.put(
        PluginContext.class,
        new PluginContext(
            plugin.id(),
            plugin.found().version(),
            settings.dataDirectory().resolve("plugins").resolve(plugin.id())));
    own.put(PrometheusRegistry.class, plugin.registry());
    own.put(Plugins.class, (Plugins) this::all);
    own.put(Extensions.class, new PluginsView(plugin));
    return own;
  }

  /** Calls a plugin's listener, which may do anything. One that hangs costs its deadline once. */
  private void tell(Subscriber subscriber) {
    if (!subscriber.busy.compareAndSet(false, true)) {
      return;
    }
    try {
      new Deadline(settings.deadline())
          .call(
              subscriber.plugin,
              "listener for plugin changes",
              PluginHost.class.getClassLoader(),
              () -> {
                try {
                  subscriber.changed.run();
                } finally {
                  subscriber.busy.set(false);
                }
                return "";
              });
    } catch (PluginFault e) {
      LOG.debug("A listener for plugin changes failed", e);
      if (subscriber.plugin.isEmpty()) {
        LOG.atWarn().addKeyValue("reason", e.reason()).log("A listener for plugin changes failed");
      } else {
        fail(subscriber.plugin, e.reason());
      }
    }
  }

  private void announce(LoadedPlugin plugin) {
    String id = plugin.id();
    try {
      plugin.announce();
      listener.registryAdded(id, plugin.registry());
      listener.afterStart(id);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      LOG.debug("Plugin failed", e);
      fail(id, Deadline.describe(e));
    }
  }

  /**
   * Notes a plugin that could not be started.
   *
   * @param lasting whether it will not do better before its files change
   */
  private void refuse(Found found, PluginFault fault, boolean lasting) {
    failures.put(found, new Failure(fault.reason(), lasting));
    metrics.failed();
    LOG.atWarn()
        .addKeyValue("id", found.id())
        .addKeyValue("path", found.path())
        .addKeyValue("reason", fault.reason())
        .log("Cannot start plugin");
    LOG.atDebug().setCause(fault).addKeyValue("id", found.id()).log("Cannot start plugin");
  }

  private void stop(LoadedPlugin plugin) {
    String id = plugin.id();
    if (plugin.announced()) {
      PluginWorkshop.quietly(id, () -> listener.beforeStop(id));
    }
    running.remove(id);
    list();
    if (plugin.announced()) {
      PluginWorkshop.quietly(id, () -> listener.registryRemoved(id, plugin.registry()));
    }
    names.release(id);
    workshop.unload(plugin);
    LOG.atLevel(plugin.found().bundled() ? Level.DEBUG : Level.INFO)
        .addKeyValue("id", id)
        .addKeyValue("version", plugin.found().version())
        .log("Plugin stopped");
  }

  /** Makes the extensions of all that runs visible. */
  private void list() {
    List<Owned<?>> all = new ArrayList<>();
    for (LoadedPlugin plugin : running.values()) {
      for (Object extension : plugin.instances()) {
        all.add(new Owned<>(plugin.id(), extension));
      }
    }
    extensions = List.copyOf(all);
  }

  private void publish() {
    List<Status> all = new ArrayList<>();
    for (LoadedPlugin plugin : running.values()) {
      all.add(
          status(
              plugin.found(),
              plugin.fault().isEmpty() ? State.STARTED : State.FAILED,
              plugin.fault(),
              plugin.instances()));
    }
    failures.forEach(
        (found, failure) -> all.add(status(found, State.FAILED, failure.reason(), List.of())));
    resolution
        .refused()
        .forEach((found, reason) -> all.add(status(found, State.FAILED, reason, List.of())));
    resolution.disabled().forEach(found -> all.add(status(found, State.DISABLED, "", List.of())));
    all.sort(Comparator.comparing(Status::id).thenComparing(Status::path));
    statuses = List.copyOf(all);
  }

  private static Status status(Found found, State state, String reason, List<Object> instances) {
    Descriptor descriptor = found.descriptor();
    return new Status(
        found.id(),
        found.version(),
        state,
        reason,
        descriptor == null ? "" : descriptor.getPluginDescription(),
        descriptor == null ? "" : descriptor.getProvider(),
        found.path().toString(),
        found.bundled(),
        instances.stream().map(instance -> instance.getClass().getName()).toList());
  }

  /** What a plugin sees of the others; its subscriptions end with it. */
  private final class PluginsView implements Extensions {
    private final LoadedPlugin plugin;

    PluginsView(LoadedPlugin plugin) {
      this.plugin = plugin;
    }

    @Override
    public <T> List<T> all(Class<T> type) {
      return PluginHost.this.all(type);
    }

    @Override
    public AutoCloseable onChange(Runnable changed) {
      AutoCloseable subscription = PluginHost.this.subscribe(plugin.id(), changed);
      plugin.subscriptions().add(subscription);
      return () -> {
        plugin.subscriptions().remove(subscription);
        subscription.close();
      };
    }
  }
}
