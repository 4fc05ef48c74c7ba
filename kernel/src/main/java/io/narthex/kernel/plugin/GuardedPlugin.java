package io.narthex.kernel.plugin;

import java.lang.reflect.Constructor;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.pf4j.Plugin;
import org.pf4j.PluginWrapper;

/**
 * Stands before the {@code Plugin} class of a plugin, which may throw and hang. PF4J sees one that
 * always works; {@link #fault} says how it really went.
 */
final class GuardedPlugin extends Plugin {
  private final PluginWrapper guarded;
  private final Deadline deadline;
  private @Nullable Plugin real;
  private @Nullable PluginFault fault;

  GuardedPlugin(PluginWrapper guarded, Deadline deadline) {
    this.guarded = guarded;
    this.deadline = deadline;
  }

  @Override
  public void start() {
    Descriptor descriptor = (Descriptor) guarded.getDescriptor();
    if (!descriptor.hasPluginClass()) {
      return;
    }
    String name = descriptor.getPluginClass();
    try {
      Plugin made = call("constructor of " + name, () -> make(name));
      real = made;
      call(
          name + ".start",
          () -> {
            made.start();
            return true;
          });
    } catch (PluginFault e) {
      fault = e;
    }
  }

  @Override
  public void stop() {
    Plugin made = real;
    real = null;
    if (made == null) {
      return;
    }
    try {
      call(
          made.getClass().getName() + ".stop",
          () -> {
            made.stop();
            return true;
          });
    } catch (PluginFault e) {
      fault = e;
    }
  }

  /** How the last call failed; null when it did not. Asking forgets it. */
  @Nullable PluginFault fault() {
    PluginFault last = fault;
    fault = null;
    return last;
  }

  private <T> T call(String what, Callable<T> action) throws PluginFault {
    return deadline.call(guarded.getPluginId(), what, guarded.getPluginClassLoader(), action);
  }

  private Plugin make(String name) throws Exception {
    Class<?> type;
    try {
      type = Class.forName(name, true, guarded.getPluginClassLoader());
    } catch (ClassNotFoundException e) {
      throw new PluginFault("its Plugin-Class " + name + " is not in its jars", e);
    }
    if (!Plugin.class.isAssignableFrom(type)) {
      throw new PluginFault("its Plugin-Class " + name + " does not extend org.pf4j.Plugin");
    }
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      Class<?>[] parameters = constructor.getParameterTypes();
      if (parameters.length == 0) {
        constructor.setAccessible(true);
        return (Plugin) constructor.newInstance();
      }
      if (parameters.length == 1 && parameters[0] == PluginWrapper.class) {
        constructor.setAccessible(true);
        return (Plugin) constructor.newInstance(guarded);
      }
    }
    throw new PluginFault(
        "its Plugin-Class "
            + name
            + " has neither a constructor without arguments nor one that"
            + " takes a PluginWrapper");
  }
}
