package io.narthex.kernel.plugin;

import com.google.inject.Injector;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.pf4j.PluginWrapper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a plugin from its files to its extensions, and back until nothing of it is left. Used by
 * one thread.
 */
final class PluginWorkshop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PluginWorkshop.class);

  private final ClassLoader application;
  private final ApplicationClassPath classPath;
  private final PluginCache cache;
  private final Deadline deadline;
  private final Pf4jManager manager;

  /**
   * Makes one.
   *
   * @param application sees the contract, and the classes of plugins on {@code classPath}
   * @param extensions the instances of a started plugin, for plugins that use PF4J's own API
   */
  PluginWorkshop(
      PluginSettings settings,
      ClassLoader application,
      ApplicationClassPath classPath,
      Function<String, List<Object>> extensions) {
    this.application = application;
    this.classPath = classPath;
    this.cache = new PluginCache(settings.cacheDirectory());
    this.deadline = new Deadline(settings.deadline());
    this.manager = new Pf4jManager(settings.installed(), settings.version(), deadline, extensions);
  }

  /**
   * Loads a plugin, starts its {@code Plugin} class and makes its extensions.
   *
   * @param dependencies loaders of those that it depends on, all of them loaded
   * @param own the services that are this plugin's own
   * @throws PluginFault when anything of that fails; nothing is left then
   */
  LoadedPlugin load(
      Found found,
      List<IsolatedClassLoader> dependencies,
      Injector kernel,
      Function<LoadedPlugin, Map<Class<?>, Object>> own)
      throws PluginFault {
    PluginFiles files = PluginFiles.open(found, cache, classPath);
    LoadedPlugin plugin = null;
    try {
      List<String> names = files.extensionNames(!found.described().hasPluginClass());
      plugin =
          new LoadedPlugin(
              found,
              files,
              files.shared()
                  ? application
                  : new IsolatedClassLoader(found.id(), files.urls(), application, dependencies));
      start(plugin);
      extend(plugin, names, kernel, own.apply(plugin));
      return plugin;
    } catch (PluginFault e) {
      abandon(plugin, files);
      throw e;
    } catch (RuntimeException | LinkageError e) {
      abandon(plugin, files);
      throw new PluginFault(Deadline.describe(e), e);
    }
  }

  private void abandon(@Nullable LoadedPlugin plugin, PluginFiles files) {
    if (plugin == null) {
      files.close();
    } else {
      unload(plugin);
    }
  }

  private void start(LoadedPlugin plugin) throws PluginFault {
    PluginWrapper wrapper =
        manager.load(plugin.found().described(), plugin.found().path(), plugin.loader());
    manager.startPlugin(plugin.id());
    PluginFault refusal = ((GuardedPlugin) wrapper.getPlugin()).fault();
    if (refusal != null) {
      throw refusal;
    }
  }

  private void extend(
      LoadedPlugin plugin, List<String> names, Injector kernel, Map<Class<?>, Object> own)
      throws PluginFault {
    List<Class<?>> classes = Wiring.load(names, plugin.loader());
    List<Object> made = Wiring.wire(plugin.id(), classes, plugin.loader(), kernel, own, deadline);
    Set<String> claimed =
        deadline.call(
            plugin.id(), "asking for its names", plugin.loader(), () -> UniqueNames.of(made));
    plugin.made(made, claimed);
  }

  /** Stops and unloads. Whatever fails on the way is logged, and the rest is done. */
  void unload(LoadedPlugin plugin) {
    String id = plugin.id();
    for (AutoCloseable subscription : plugin.subscriptions()) {
      quietly(id, subscription);
    }
    plugin.forget();
    quietly(id, () -> stop(id));
    if (plugin.loader() instanceof IsolatedClassLoader isolated) {
      quietly(id, isolated::close);
    }
    plugin.files().close();
  }

  private void stop(String id) throws PluginFault {
    PluginWrapper wrapper = manager.getPlugin(id);
    if (wrapper == null) {
      return;
    }
    manager.stopPlugin(id);
    PluginFault fault = ((GuardedPlugin) wrapper.getPlugin()).fault();
    manager.unload(id);
    if (fault != null) {
      throw fault;
    }
  }

  /** Does something at a plugin's end that may fail. */
  static void quietly(String id, AutoCloseable action) {
    try {
      action.close();
    } catch (Exception | LinkageError e) {
      LOG.atWarn()
          .addKeyValue("id", id)
          .addKeyValue(
              "reason", e instanceof PluginFault fault ? fault.reason() : Deadline.describe(e))
          .log("Plugin did not stop cleanly");
      LOG.debug("Plugin did not stop cleanly", e);
    }
  }

  @Override
  public void close() throws IOException {
    cache.close();
  }
}
