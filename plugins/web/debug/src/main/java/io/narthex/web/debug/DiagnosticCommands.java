package io.narthex.web.debug;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;

/** What {@code jcmd} asks the virtual machine. */
final class DiagnosticCommands {
  private static final String NAME = "com.sun.management:type=DiagnosticCommand";

  private DiagnosticCommands() {}

  /**
   * Runs one.
   *
   * @param command by its name among the platform's beans: {@code gcClassHistogram}
   * @return what {@code jcmd} would print
   */
  static String run(String command, String... options) throws JMException {
    return (String)
        ManagementFactory.getPlatformMBeanServer()
            .invoke(
                new ObjectName(NAME),
                command,
                new Object[] {options},
                new String[] {String[].class.getName()});
  }
}
