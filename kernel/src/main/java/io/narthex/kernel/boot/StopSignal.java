package io.narthex.kernel.boot;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;

/** Waits for the order to stop, by signal or by request, and passes the signal to reload on. */
final class StopSignal {
  private final CountDownLatch stop = new CountDownLatch(1);
  private volatile String reason = "";

  /**
   * Listens for SIGTERM and SIGINT (stop) and SIGHUP (reload).
   *
   * @param reload runs on a thread of its own
   */
  void listen(Runnable reload) {
    on("TERM", () -> request("SIGTERM"));
    on("INT", () -> request("SIGINT"));
    on("HUP", () -> Thread.ofVirtual().name("reload-on-signal").start(reload));
  }

  /**
   * Has a signal run something instead of ending the process. The JDK has no supported way: {@code
   * sun.misc.Signal} is exported by jdk.unsupported for just this, but javac warns of each mention,
   * and warnings are errors here.
   */
  private static void on(String signal, Runnable action) {
    try {
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
