package io.narthex.kernel.plugin;

import java.util.regex.Pattern;
import org.pf4j.DefaultVersionManager;
import org.pf4j.VersionManager;

/** Semantic versions and ranges of them, as PF4J reads them. */
final class Versions {
  private static final VersionManager SEMVER = new DefaultVersionManager();
  private static final Pattern EXACT = Pattern.compile("\\d+\\.\\d+\\.\\d+([-+].*)?");

  private Versions() {}

  static boolean valid(String version) {
    try {
      SEMVER.compareVersions(version, version);
      return true;
    } catch (RuntimeException e) {
      return false;
    }
  }

  static int compare(String a, String b) {
    return SEMVER.compareVersions(a, b);
  }

  /**
   * Whether a version lies in a range. A bare version means that one or a later one, as it does
   * with PF4J; empty and {@code *} mean any.
   *
   * @throws PluginFault when the range cannot be read
   */
  static boolean satisfies(String version, String range) throws PluginFault {
    String wanted = range.strip();
    if (wanted.isEmpty() || wanted.equals("*")) {
      return true;
    }
    if (EXACT.matcher(wanted).matches()) {
      wanted = ">=" + wanted;
    }
    try {
      return SEMVER.checkVersionConstraint(version, wanted);
    } catch (RuntimeException e) {
      throw new PluginFault(
          "cannot read version range: got \"" + range + "\", want one such as >=0.1.0 & <1.0.0", e);
    }
  }

  /**
   * Checks a plugin against this program.
   *
   * @throws PluginFault when it requires another version
   */
  static void checkRequires(Descriptor descriptor, String narthex) throws PluginFault {
    String requires = descriptor.getRequires();
    if (!satisfies(narthex, requires)) {
      throw new PluginFault("requires Narthex " + requires + ", this is " + narthex);
    }
  }
}
