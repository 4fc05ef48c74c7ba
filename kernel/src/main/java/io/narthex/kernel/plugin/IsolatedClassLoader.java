package io.narthex.kernel.plugin;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Loads one plugin: the contract from the application, everything else from the plugin's own jars
 * and the JDK. Of the application nothing but the contract can be seen, so that a plugin may bring
 * any version of any library, and so that the kernel's classes stay its own affair.
 */
final class IsolatedClassLoader extends URLClassLoader {
  static {
    ClassLoader.registerAsParallelCapable();
  }

  /** Always the application's: a copy in the plugin would be other classes with the same names. */
  private static final List<String> CONTRACT =
      List.of(
          "io.narthex.api.",
          "org.pf4j.",
          "org.slf4j.",
          "jakarta.inject.",
          "com.fasterxml.jackson.annotation.",
          "org.jspecify.annotations.",
          "com.google.re2j.",
          "io.prometheus.metrics.model.",
          "io.prometheus.metrics.core.",
          "io.prometheus.metrics.config.");

  /** The application's as far as it has them: client_java has more modules than Narthex uses. */
  private static final String CLIENT_JAVA = "io.prometheus.metrics.";

  private final ClassLoader application;
  private final List<IsolatedClassLoader> dependencies;

  /**
   * Makes one.
   *
   * @param dependencies loaders of the plugins that this one names as dependencies; asked after its
   *     own jars
   */
  IsolatedClassLoader(
      String id, List<URL> jars, ClassLoader application, List<IsolatedClassLoader> dependencies) {
    super("plugin " + id, jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    this.application = application;
    this.dependencies = List.copyOf(dependencies);
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      Class<?> found = findLoadedClass(name);
      if (found == null) {
        found = find(name);
      }
      if (resolve) {
        resolveClass(found);
      }
      return found;
    }
  }

  private Class<?> find(String name) throws ClassNotFoundException {
    if (contract(name)) {
      return application.loadClass(name);
    }
    if (name.startsWith(CLIENT_JAVA)) {
      try {
        return application.loadClass(name);
      } catch (ClassNotFoundException e) {
        return findClass(name);
      }
    }
    if (name.startsWith("java.")) {
      return getParent().loadClass(name);
    }
    try {
      return findClass(name);
    } catch (ClassNotFoundException mine) {
      if (mine.getCause() != null) {
        throw mine; // It is there and cannot be read; nobody else's may stand in for it.
      }
      for (IsolatedClassLoader dependency : dependencies) {
        try {
          return dependency.loadClass(name);
        } catch (ClassNotFoundException e) {
          // The next one may have it.
        }
      }
      return getParent().loadClass(name);
    }
  }

  private static boolean contract(String name) {
    for (String prefix : CONTRACT) {
      if (name.startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public @Nullable URL getResource(String name) {
    if (contract(name.replace('/', '.'))) {
      return application.getResource(name);
    }
    URL own = findResource(name);
    for (int i = 0; own == null && i < dependencies.size(); i++) {
      own = dependencies.get(i).findResource(name);
    }
    return own != null ? own : getParent().getResource(name);
  }

  @Override
  public Enumeration<URL> getResources(String name) throws IOException {
    if (contract(name.replace('/', '.'))) {
      return application.getResources(name);
    }
    List<URL> all = new ArrayList<>(Collections.list(findResources(name)));
    for (IsolatedClassLoader dependency : dependencies) {
      all.addAll(Collections.list(dependency.findResources(name)));
    }
    all.addAll(Collections.list(getParent().getResources(name)));
    return Collections.enumeration(all);
  }

  @Override
  public @Nullable URL findResource(String name) {
    URL found = super.findResource(name);
    return found == null ? null : uncached(found);
  }

  @Override
  public Enumeration<URL> findResources(String name) throws IOException {
    return Collections.enumeration(
        Collections.list(super.findResources(name)).stream()
            .map(IsolatedClassLoader::uncached)
            .toList());
  }

  /**
   * The JDK keeps jar files that were opened through a URL open for ever; after that neither their
   * handles nor their space on disk would come back when the plugin is gone.
   */
  private static URL uncached(URL url) {
    try {
      return URL.of(
          url.toURI(),
          new URLStreamHandler() {
            @Override
            protected URLConnection openConnection(URL opened) throws IOException {
              URLConnection connection =
                  URI.create(opened.toExternalForm()).toURL().openConnection();
              connection.setUseCaches(false);
              return connection;
            }
          });
    } catch (URISyntaxException | IOException e) {
      return url;
    }
  }
}
