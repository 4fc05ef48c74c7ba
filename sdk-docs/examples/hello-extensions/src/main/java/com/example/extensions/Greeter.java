package com.example.extensions;

import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Prepared;
import io.narthex.api.service.Service;
import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns the section {@code greeting} and greets in the background. One class for both: of each
 * extension class there is one instance.
 */
@Extension
public final class Greeter implements ConfigSection<GreetingConfig>, Service {
  private static final Logger LOG = LoggerFactory.getLogger(Greeter.class);

  private volatile @Nullable GreetingConfig config;
  private @Nullable Thread thread;

  @Override
  public String key() {
    return "greeting";
  }

  @Override
  public ConfigShape<GreetingConfig> shape() {
    return ConfigShape.of(GreetingConfig.class);
  }

  @Override
  public Prepared prepare(GreetingConfig next, ConfigSnapshot snapshot) throws ConfigException {
    if (next.text().length() > 100) {
      throw new ConfigException("text", "cannot greet: want at most 100 characters", null);
    }
    return () -> apply(next);
  }

  /** Called at each reload, changed or not. */
  private synchronized void apply(GreetingConfig next) {
    boolean running = thread != null;
    stop();
    config = next;
    if (running) {
      start();
    }
  }

  @Override
  public String name() {
    return "greeter";
  }

  @Override
  public synchronized void start() {
    GreetingConfig current = config;
    if (thread != null || current == null) {
      return;
    }
    thread = Thread.ofVirtual().name("greeter").start(() -> greet(current));
  }

  @Override
  public synchronized void stop() {
    Thread ending = thread;
    thread = null;
    if (ending != null) {
      ending.interrupt();
    }
  }

  String text() {
    GreetingConfig current = config;
    return current == null ? "" : current.text();
  }

  private static void greet(GreetingConfig config) {
    try {
      while (config.interval().isPositive()) {
        Thread.sleep(config.interval());
        LOG.info("Greeting text={}", config.text());
      }
    } catch (InterruptedException e) {
      // Stopped.
    }
  }
}
