package io.narthex.kernel.plugin;

import com.google.inject.AbstractModule;
import com.google.inject.ConfigurationException;
import com.google.inject.CreationException;
import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Key;
import com.google.inject.Module;
import com.google.inject.Provider;
import com.google.inject.ProvisionException;
import com.google.inject.Scopes;
import com.google.inject.Stage;
import com.google.inject.spi.Dependency;
import com.google.inject.spi.InjectionPoint;
import com.google.inject.spi.Message;
import jakarta.inject.Inject;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.logging.Logger;
import org.pf4j.Extension;

/**
 * Makes the extensions of one plugin: one instance of each class, by its constructor.
 *
 * <p>Each plugin has an injector of its own that is no child of the kernel's. A child, or the
 * kernel's own injector, would remember the plugin's classes for ever; this one asks the kernel for
 * its services through providers and is dropped together with the plugin.
 */
final class Wiring {
  private static final Set<Class<?>> GUICES_OWN =
      Set.of(Injector.class, Stage.class, Logger.class, Provider.class);

  private Wiring() {}

  /**
   * Loads the classes, does not run anything of them.
   *
   * @return ordered by {@link Extension#ordinal}, otherwise as named
   * @throws PluginFault when one is missing, or cannot be linked
   */
  static List<Class<?>> load(List<String> names, ClassLoader loader) throws PluginFault {
    List<Class<?>> classes = new ArrayList<>();
    for (String name : names) {
      Class<?> type;
      try {
        type = Class.forName(name, false, loader);
        checkComplete(type);
      } catch (ClassNotFoundException e) {
        if (e.getCause() != null) {
          throw new PluginFault("cannot load " + name + ": " + Deadline.describe(e.getCause()), e);
        }
        throw new PluginFault("extension " + name + " is listed and not in its jars", e);
      } catch (LinkageError e) {
        throw new PluginFault("cannot load " + name + ": " + Deadline.describe(e), e);
      }
      classes.add(type);
    }
    classes.sort(Comparator.comparingInt(Wiring::ordinal));
    return classes;
  }

  /** Also resolves the types that its signatures name, so that what is missing is said now. */
  private static void checkComplete(Class<?> type) throws PluginFault {
    if (type.getDeclaredConstructors().length == 0 || Modifier.isAbstract(type.getModifiers())) {
      throw new PluginFault("extension " + type.getName() + " is abstract");
    }
    for (Method method : type.getMethods()) {
      if (Modifier.isAbstract(method.getModifiers())) {
        throw new PluginFault(
            "extension "
                + type.getName()
                + " does not implement "
                + method.getDeclaringClass().getSimpleName()
                + "."
                + method.getName()
                + ": was it compiled for another version of the plugin API?");
      }
    }
  }

  static int ordinal(Class<?> type) {
    Extension extension = type.getAnnotation(Extension.class);
    return extension == null ? 0 : extension.ordinal();
  }

  /**
   * Makes the instances.
   *
   * @param kernel what the kernel offers: all that is bound in it
   * @param own what is the plugin's own; wins over the kernel's
   * @throws PluginFault when a constructor throws, is late, or asks for what does not exist
   */
  static List<Object> wire(
      String id,
      List<Class<?>> classes,
      ClassLoader loader,
      Injector kernel,
      Map<Class<?>, Object> own,
      Deadline deadline)
      throws PluginFault {
    Map<Class<?>, Constructor<?>> constructors = new LinkedHashMap<>();
    for (Class<?> type : classes) {
      constructors.put(type, constructor(type));
    }
    Set<Key<?>> offered = new LinkedHashSet<>();
    for (Key<?> key : kernel.getBindings().keySet()) {
      Class<?> raw = key.getTypeLiteral().getRawType();
      if (!GUICES_OWN.contains(raw) && !own.containsKey(raw)) {
        offered.add(key);
      }
    }
    Set<Key<?>> known = new LinkedHashSet<>(offered);
    own.keySet().forEach(type -> known.add(Key.get(type)));
    classes.forEach(type -> known.add(Key.get(type)));
    for (Map.Entry<Class<?>, Constructor<?>> entry : constructors.entrySet()) {
      checkParameters(entry.getKey(), entry.getValue(), known);
    }
    Module module =
        new AbstractModule() {
          @Override
          protected void configure() {
            binder().requireExplicitBindings();
            binder().disableCircularProxies();
            offered.forEach(key -> offer(key, kernel));
            own.forEach(this::instance);
            constructors.forEach(this::extension);
          }

          private <T> void offer(Key<T> key, Injector from) {
            bind(key).toProvider(from.getProvider(key));
          }

          @SuppressWarnings("unchecked")
          private <T> void instance(Class<T> type, Object instance) {
            bind(type).toInstance((T) instance);
          }

          @SuppressWarnings("unchecked")
          private <T> void extension(Class<T> type, Constructor<?> constructor) {
            bind(type).toConstructor((Constructor<T>) constructor).in(Scopes.SINGLETON);
          }
        };
    Injector injector =
        deadline.call(
            id,
            "wiring",
            loader,
            () -> {
              try {
                return Guice.createInjector(Stage.DEVELOPMENT, module);
              } catch (CreationException e) {
                throw unwired(e.getErrorMessages(), e);
              }
            });
    List<Object> instances = new ArrayList<>();
    for (Class<?> type : classes) {
      instances.add(
          deadline.call(
              id,
              "constructor of " + type.getName(),
              loader,
              () -> {
                try {
                  return injector.getInstance(type);
                } catch (ConfigurationException e) {
                  throw unwired(e.getErrorMessages(), e);
                } catch (ProvisionException e) {
                  throw thrown(e);
                }
              }));
    }
    return List.copyOf(instances);
  }

  /**
   * What a constructor threw. Guice's exceptions must not be asked for their message: to make it
   * they read class files, and complain in the log about those of Java 25.
   */
  private static Exception thrown(ProvisionException e) {
    Throwable cause = e.getCause();
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof Exception exception ? exception : unwired(e.getErrorMessages(), e);
  }

  private static PluginFault unwired(Collection<Message> messages, Exception cause) {
    return new PluginFault("cannot be wired: " + first(messages), cause);
  }

  private static String first(Collection<Message> messages) {
    return messages.stream()
        .map(m -> m.getMessage().lines().findFirst().orElse(""))
        .findFirst()
        .orElse("");
  }

  private static Constructor<?> constructor(Class<?> type) throws PluginFault {
    Constructor<?>[] all = type.getDeclaredConstructors();
    List<Constructor<?>> chosen = new ArrayList<>();
    for (Constructor<?> constructor : all) {
      if (constructor.isAnnotationPresent(Inject.class)) {
        chosen.add(constructor);
      }
    }
    if (chosen.isEmpty() && all.length == 1) {
      chosen.add(all[0]);
    }
    if (chosen.size() != 1) {
      throw new PluginFault(
          "extension "
              + type.getName()
              + " has "
              + all.length
              + " constructors, "
              + chosen.size()
              + " with @Inject: want one constructor, or one with @Inject");
    }
    return chosen.get(0);
  }

  /** Guice says it too, in thirty lines. */
  private static void checkParameters(Class<?> type, Constructor<?> constructor, Set<Key<?>> known)
      throws PluginFault {
    for (Dependency<?> dependency : InjectionPoint.forConstructor(constructor).getDependencies()) {
      Key<?> key = dependency.getKey();
      Class<?> raw = key.getTypeLiteral().getRawType();
      if ((raw == Provider.class || raw == jakarta.inject.Provider.class)
          && key.getTypeLiteral().getType() instanceof ParameterizedType parameterized) {
        key = key.ofType(parameterized.getActualTypeArguments()[0]);
      }
      if (!known.contains(key)) {
        throw new PluginFault(
            "constructor of "
                + type.getName()
                + " asks for "
                + key.getTypeLiteral()
                + ", which the kernel does not offer");
      }
    }
  }
}
