package io.narthex.kernel.plugin;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.pf4j.AbstractPluginManager;
import org.pf4j.DefaultVersionManager;
import org.pf4j.ExtensionDescriptor;
import org.pf4j.ExtensionFactory;
import org.pf4j.ExtensionFinder;
import org.pf4j.ExtensionWrapper;
import org.pf4j.PluginDescriptor;
import org.pf4j.PluginDescriptorFinder;
import org.pf4j.PluginFactory;
import org.pf4j.PluginLoader;
import org.pf4j.PluginRepository;
import org.pf4j.PluginStatusProvider;
import org.pf4j.PluginWrapper;
import org.pf4j.VersionManager;

/**
 * PF4J's book of loaded plugins: their wrappers, states, class loaders and dependencies. What to
 * load, from where and when is {@link PluginHost}'s to say, so this one finds nothing by itself.
 *
 * <p>{@code stopPlugins()} of PF4J 3.15 throws or leaves plugins started (pf4j#656); plugins are
 * stopped one by one.
 */
final class Pf4jManager extends AbstractPluginManager {
  private final Deadline deadline;
  private final Function<String, List<Object>> extensions;
  private @Nullable Descriptor nextDescriptor;
  private @Nullable ClassLoader nextLoader;

  /**
   * Makes one.
   *
   * @param extensions the instances of a started plugin
   */
  Pf4jManager(
      Path root, String version, Deadline deadline, Function<String, List<Object>> extensions) {
    super(List.of(root));
    this.deadline = deadline;
    this.extensions = extensions;
    setSystemVersion(version);
  }

  /** Enters a plugin whose dependencies are all there. Closing its loader is ours from now on. */
  PluginWrapper load(Descriptor descriptor, Path path, ClassLoader loader) {
    nextDescriptor = descriptor;
    nextLoader = loader;
    try {
      PluginWrapper wrapper = loadPluginFromPath(path);
      resolvePlugins();
      return wrapper;
    } finally {
      nextDescriptor = null;
      nextLoader = null;
    }
  }

  /** Strikes out a stopped plugin. Its loader, which may be everybody's, is left open. */
  void unload(String id) {
    getPluginClassLoaders().remove(id);
    unloadPlugin(id);
  }

  @Override
  protected PluginRepository createPluginRepository() {
    return new PluginRepository() {
      @Override
      public List<Path> getPluginPaths() {
        return List.of();
      }

      @Override
      public boolean deletePluginPath(Path path) {
        return false;
      }
    };
  }

  @Override
  protected PluginFactory createPluginFactory() {
    return wrapper -> new GuardedPlugin(wrapper, deadline);
  }

  @Override
  protected PluginDescriptorFinder createPluginDescriptorFinder() {
    return new PluginDescriptorFinder() {
      @Override
      public boolean isApplicable(Path path) {
        return nextDescriptor != null;
      }

      @Override
      public PluginDescriptor find(Path path) {
        if (nextDescriptor == null) {
          throw new IllegalStateException("nothing to load: " + path);
        }
        return nextDescriptor;
      }
    };
  }

  @Override
  protected PluginLoader createPluginLoader() {
    return new PluginLoader() {
      @Override
      public boolean isApplicable(Path path) {
        return nextLoader != null;
      }

      @Override
      public ClassLoader loadPlugin(Path path, PluginDescriptor descriptor) {
        if (nextLoader == null) {
          throw new IllegalStateException("nothing to load: " + path);
        }
        return nextLoader;
      }
    };
  }

  /** Gives the instances that the plugin's injector made. */
  @Override
  protected ExtensionFactory createExtensionFactory() {
    return new ExtensionFactory() {
      @Override
      public <T> T create(Class<T> type) {
        // Not whichPlugin(type): plugins on the class path have one loader in common.
        for (PluginWrapper plugin : getStartedPlugins()) {
          for (Object extension : extensions.apply(plugin.getPluginId())) {
            if (extension.getClass() == type) {
              return type.cast(extension);
            }
          }
        }
        throw new IllegalStateException(type.getName() + " is no extension of a started plugin");
      }
    };
  }

  @Override
  protected ExtensionFinder createExtensionFinder() {
    return new ExtensionFinder() {
      @Override
      public <T> List<ExtensionWrapper<T>> find(Class<T> type) {
        return getStartedPlugins().stream()
            .flatMap(plugin -> find(type, plugin.getPluginId()).stream())
            .toList();
      }

      @Override
      public <T> List<ExtensionWrapper<T>> find(Class<T> type, String pluginId) {
        return extensions.apply(pluginId).stream()
            .filter(type::isInstance)
            .map(extension -> new ExtensionWrapper<T>(described(extension), getExtensionFactory()))
            .toList();
      }

      @Override
      @SuppressWarnings("rawtypes")
      public List<ExtensionWrapper> find(String pluginId) {
        return extensions.apply(pluginId).stream()
            .map(extension ->
                (ExtensionWrapper)
                    new ExtensionWrapper<Object>(described(extension), getExtensionFactory()))
            .toList();
      }

      @Override
      public Set<String> findClassNames(String pluginId) {
        return extensions.apply(pluginId).stream()
            .map(extension -> extension.getClass().getName())
            .collect(Collectors.toSet());
      }
    };
  }

  private static ExtensionDescriptor described(Object extension) {
    return new ExtensionDescriptor(Wiring.ordinal(extension.getClass()), extension.getClass());
  }

  @Override
  protected PluginStatusProvider createPluginStatusProvider() {
    return new PluginStatusProvider() {
      @Override
      public boolean isPluginDisabled(String pluginId) {
        return false;
      }

      @Override
      public void disablePlugin(String pluginId) {
        throw new UnsupportedOperationException("plugins are disabled in disabled.txt");
      }

      @Override
      public void enablePlugin(String pluginId) {
        throw new UnsupportedOperationException("plugins are enabled in disabled.txt");
      }
    };
  }

  @Override
  protected VersionManager createVersionManager() {
    return new DefaultVersionManager();
  }
}
