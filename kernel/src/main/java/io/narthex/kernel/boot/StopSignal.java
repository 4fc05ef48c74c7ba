package io.narthex.kernel.boot;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for the order to stop, by signal or by request, and passes the signal to reload on. */
final class StopSignal {
  private static final Logger log = LoggerFactory.getLogger(StopSignal.class);

  private final CountDownLatch stop = new CountDownLatch(1);
  private volatile String reason = "";

  /**
   * Listens for SIGTERM and SIGINT (stop) and SIGHUP (reload).
   *
   * @param reload runs on a thread of its own
   */
  void listen(Runnable reload) {
    on("TERM", 15, () -> request("SIGTERM"));
    on("INT", 2, () -> request("SIGINT"));
    on("HUP", 1, () -> Thread.ofVirtual().name("reload-on-signal").start(reload));
  }

  /**
   * Has a signal run something instead of ending the process. The JDK has no supported way: {@code
   * sun.misc.Signal} is exported by jdk.unsupported for just this, but javac warns of each mention,
   * and warnings are errors here.
   */
  private static void on(String signal, int number, Runnable action) {
    try {
      if (isIgnored(number)) {
        restoreDefault(number);
      }
      Class<?> signals = Class.forName("sun.misc.Signal");
      Class<?> handlers = Class.forName("sun.misc.SignalHandler");
      InvocationHandler call =
          (proxy, method, arguments) ->
              switch (method.getName()) {
                case "handle" -> {
                  action.run();
                  yield null;
                }
                case "hashCode" -> System.identityHashCode(proxy);
                case "equals" ->
                    arguments != null
                        && System.identityHashCode(proxy) == System.identityHashCode(arguments[0]);
                default -> "handler of SIG" + signal;
              };
      Object handler =
          Proxy.newProxyInstance(
              StopSignal.class.getClassLoader(), new Class<?>[] {handlers}, call);
      Object wanted = signals.getConstructor(String.class).newInstance(signal);
      signals.getMethod("handle", signals, handlers).invoke(null, wanted, handler);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot listen for SIG" + signal, e);
    }
  }

  /**
   * Whether the process was started with the signal ignored, as {@code nohup} does with SIGHUP and
   * a script's {@code &} with SIGINT. The JVM then leaves it ignored without a word, where
   * Prometheus listens all the same.
   */
  private static boolean isIgnored(int number) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("SigIgn:")) {
          long mask = Long.parseUnsignedLong(line.substring("SigIgn:".length()).trim(), 16);
          return (mask & (1L << (number - 1))) != 0;
        }
      }
    } catch (IOException | NumberFormatException e) {
      // No Linux: then the JVM decides.
      return false;
    }
    return false;
  }

  /** {@code signal(number, SIG_DFL)} of the C library. */
  private static void restoreDefault(int number) {
    Linker linker = Linker.nativeLinker();
    MethodHandle signal =
        linker.downcallHandle(
            linker.defaultLookup().find("signal").orElseThrow(),
            FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    try {
      MemorySegment before = (MemorySegment) signal.invokeExact(number, MemorySegment.NULL);
      log.debug("Signal was ignored signal={} before={}", number, before.address());
    } catch (Throwable e) {
      throw new IllegalStateException("cannot listen for signal " + number, e);
    }
  }

  /** Asks the process to stop. */
  void request(String why) {
    if (stop.getCount() > 0) {
      reason = why;
    }
    stop.countDown();
  }

  boolean requested() {
    return stop.getCount() == 0;
  }

  /** Waits for the order and tells where it came from. */
  String await() throws InterruptedException {
    stop.await();
    return reason;
  }
}
