package io.narthex.kernel.boot;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * Sets logging up without any file: lines to standard error, of the level and form that the command
 * line asks for. Found by Logback through {@code META-INF/services}, which gives the defaults;
 * {@link #configure} changes them.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_HIGH_PRIORITY)
public final class Logging extends ContextAwareBase implements Configurator {
  /** Libraries that say at INFO what is of no interest to users. */
  private static final List<String> CHATTY =
      List.of("org.pf4j", "io.undertow", "org.xnio", "org.jboss");

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    apply(context, Level.INFO, false);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /**
   * Sets level and form.
   *
   * @param level {@code debug info warn error}
   * @param format {@code logfmt} or {@code json}
   */
  static void configure(String level, String format) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      apply(context, Level.toLevel(level, Level.INFO), format.equalsIgnoreCase("json"));
    }
  }

  private static void apply(LoggerContext context, Level level, boolean json) {
    LogEncoder encoder = new LogEncoder(json);
    encoder.setContext(context);
    encoder.start();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setName("stderr");
    appender.setEncoder(encoder);
    appender.setTarget("System.err");
    appender.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.detachAndStopAllAppenders();
    root.addAppender(appender);
    root.setLevel(level);
    for (String name : CHATTY) {
      context.getLogger(name).setLevel(level.isGreaterOrEqual(Level.WARN) ? level : Level.WARN);
    }
  }
}
