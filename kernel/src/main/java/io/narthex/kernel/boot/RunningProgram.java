package io.narthex.kernel.boot;

import io.narthex.api.plugin.Program;
import io.narthex.api.service.Role;
import io.narthex.kernel.config.RoleSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The program and, once plugins have brought it, its role. Keeps nothing of the role's plugin. */
final class RunningProgram implements Program {
  /** The program that starts everything and takes the defaults of the first role. */
  static final String ALL = "narthex";

  private static final Logger log = LoggerFactory.getLogger(RunningProgram.class);

  private final String name;
  private final Path home;
  private final Instant startedAt;
  private volatile Taken role = Taken.NONE;

  /** What was taken over from a role. */
  private record Taken(
      String title, String standsInFor, String listenAddress, int order, RoleSettings settings) {
    static final Taken NONE = new Taken("Narthex", "", "0.0.0.0:9090", 0, RoleSettings.NONE);
  }

  RunningProgram(String name, Path home, Instant startedAt) {
    this.name = name;
    this.home = home;
    this.startedAt = startedAt;
  }

  /**
   * Chooses the role: that of the program's name, or for {@link #ALL} the one with the lowest
   * order.
   */
  void choose(List<Role> roles) {
    role =
        take(roles).stream()
            .filter(c -> name.equals(ALL) || c.settings.name().equals(name))
            .min(Comparator.comparingInt(Taken::order))
            .orElse(Taken.NONE);
  }

  /** What the role of that name says, whichever program this is. */
  static Optional<RoleSettings> settingsOf(String role, List<Role> roles) {
    return take(roles).stream().map(Taken::settings).filter(s -> s.name().equals(role)).findFirst();
  }

  private static List<Taken> take(List<Role> roles) {
    List<Taken> candidates = new ArrayList<>();
    for (Role candidate : roles) {
      try {
        candidates.add(
            Bounded.call(
                "role " + candidate.getClass().getName(),
                Duration.ofSeconds(5),
                () -> take(candidate)));
      } catch (Bounded.Failed e) {
        log.warn("A role is left out reason={}", e.getMessage());
      }
    }
    return candidates;
  }

  private static Taken take(Role role) {
    return new Taken(
        role.title(),
        role.standsInFor(),
        role.defaultListenAddress(),
        role.order(),
        settings(role));
  }

  /**
   * The role's settings; its listen address lies below the file like its other defaults, so that
   * all pages show it.
   */
  private static RoleSettings settings(Role role) {
    RoleSettings own = RoleSettings.of(role);
    return own.withBaseConfiguration(
        own.baseConfiguration()
            + "\nweb: {listen_address: [\""
            + role.defaultListenAddress()
            + "\"]}\n");
  }

  boolean hasRole() {
    return !role.settings.name().isEmpty();
  }

  RoleSettings settings() {
    return role.settings;
  }

  String defaultListenAddress() {
    return role.listenAddress;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String role() {
    return role.settings.name();
  }

  @Override
  public String title() {
    return role.title;
  }

  @Override
  public String version() {
    return BuildVersion.VERSION;
  }

  @Override
  public String standsInFor() {
    return role.standsInFor;
  }

  @Override
  public String revision() {
    return BuildVersion.REVISION;
  }

  @Override
  public Instant startedAt() {
    return startedAt;
  }

  @Override
  public Path home() {
    return home;
  }
}
