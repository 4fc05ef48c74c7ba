package io.narthex.kernel.boot;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** What the build wrote down about itself. */
final class BuildVersion {
  static final String VERSION;
  static final String REVISION;

  static {
    Properties properties = new Properties();
    try (InputStream in = BuildVersion.class.getResourceAsStream("version.properties")) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new IllegalStateException("cannot read version.properties", e);
    }
    VERSION = properties.getProperty("version", "unknown");
    REVISION = properties.getProperty("revision", "");
  }

  private BuildVersion() {}
}
