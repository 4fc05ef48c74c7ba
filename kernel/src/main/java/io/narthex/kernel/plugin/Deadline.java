package io.narthex.kernel.plugin;

import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Calls code of plugins that may throw anything and may never return. Each call runs on a daemon
 * thread of its own, because a virtual thread that computes for ever would keep a carrier. A call
 * that is late is interrupted and then left alone.
 */
final class Deadline {
  private final Duration limit;

  Deadline(Duration limit) {
    this.limit = limit;
  }

  /**
   * Calls.
   *
   * @param what is called, as the subject of a sentence: {@code constructor of com.example.Hello}
   * @throws PluginFault when it throws, or does not return in time
   */
  <T> T call(String id, String what, ClassLoader context, Callable<T> action) throws PluginFault {
    FutureTask<T> task = new FutureTask<>(action);
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .name("plugin " + id + ": " + what)
            .inheritInheritableThreadLocals(false)
            .unstarted(task);
    thread.setContextClassLoader(context);
    thread.start();
    try {
      return task.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      task.cancel(true);
      throw new PluginFault(what + " did not return within " + seconds(limit), e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (cause instanceof PluginFault fault) {
        throw fault;
      }
      throw new PluginFault(what + " threw " + describe(cause), cause);
    } catch (InterruptedException e) {
      task.cancel(true);
      Thread.currentThread().interrupt();
      throw new PluginFault(what + " was interrupted", e);
    }
  }

  /** A throwable of a plugin in a few words. */
  static String describe(Throwable thrown) {
    Throwable root = thrown;
    while ((root instanceof InvocationTargetException
            || root instanceof ExceptionInInitializerError)
        && root.getCause() != null) {
      root = root.getCause();
    }
    String message = root.getMessage();
    String text =
        root.getClass().getSimpleName()
            + (message == null ? "" : ": " + message.lines().findFirst().orElse(""));
    return root instanceof NoClassDefFoundError || root instanceof IncompatibleClassChangeError
        ? text + " (neither its own libraries nor the plugin API have that)"
        : text;
  }

  private static String seconds(Duration duration) {
    return duration.toMillis() % 1000 == 0
        ? duration.toSeconds() + " s"
        : duration.toMillis() + " ms";
  }
}
