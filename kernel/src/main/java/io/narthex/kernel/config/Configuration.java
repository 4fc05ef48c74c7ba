package io.narthex.kernel.config;

import io.narthex.api.config.ConfigCheck;
import io.narthex.api.config.ConfigChecker;
import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.Glob;
import io.narthex.api.config.GlobalConfig;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.kernel.config.Transaction.Bound;
import io.narthex.kernel.config.Transaction.PreparedSection;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The configuration in force, and how it comes into force.
 *
 * <p>Four layers lie over one another: the role's base configuration, the file, the environment
 * ({@code NARTHEX_…}), the command line. The result is bound to the sections of the kernel and of
 * all plugins; then all sections are prepared; only when all of that went well, all are applied.
 * Otherwise what was in force stays so, and everything that is wrong is reported in one go.
 *
 * <p>When plugins come or go, {@link #rebind} does the same with the text that was loaded last,
 * because a file that someone is just editing must not come into force by that. Keys whose owner
 * went are then only warned of; at the next reload they are errors, unless the role knows them.
 *
 * <p>Safe for any number of threads. Loading is serialised; reading never waits.
 */
public final class Configuration implements RunningConfiguration {
  /** How long a section may take to be prepared, and to be applied. */
  public static final Duration PATIENCE = Duration.ofSeconds(30);

  /**
   * What a configuration is made of.
   *
   * @param program the name it was called by
   * @param about what the program is, in a sentence
   * @param role flags, defaults and known keys
   * @param file the file, as it is named in messages; relative to the working directory; empty when
   *     none is read
   * @param workingDirectory of the process, absolute
   * @param arguments the command line, expanded; see {@link Startup#expand}
   * @param environment the process's
   * @param sections the kernel's own; {@link PlainSection#ofKernel} and {@code web}
   * @param extensions those of plugins
   * @param listener hears of loads and warnings
   * @param clock the time
   * @param patience how long a section may take
   */
  public record Setup(
      String program,
      String about,
      RoleSettings role,
      Optional<Path> file,
      Path workingDirectory,
      List<String> arguments,
      Map<String, String> environment,
      List<ConfigSection<?>> sections,
      Extensions extensions,
      ConfigListener listener,
      Clock clock,
      Duration patience) {
    public Setup {
      Objects.requireNonNull(program);
      Objects.requireNonNull(listener);
      arguments = List.copyOf(arguments);
      environment = Map.copyOf(environment);
      sections = List.copyOf(sections);
    }

    /** Without arguments and environment, which may hold secrets. */
    @Override
    public String toString() {
      return program + " with " + file.map(Path::toString).orElse("no file");
    }
  }

  /** What is in force, and how its sections are shown. */
  private record Running(
      Snapshot snapshot,
      Map<String, Object> shown,
      Map<String, String> flags,
      Node.Mapping file,
      Set<String> owners) {}

  private enum Mode {
    FIRST,
    RELOAD,
    REBIND
  }

  private final Setup setup;
  private final Layers layers;
  private final ReentrantLock loading = new ReentrantLock();
  private final Set<String> kernelKeys = new HashSet<>();

  private volatile Running running;
  private volatile Instant loadedAt = Instant.EPOCH;
  private volatile @Nullable Instant failedAt;
  private volatile boolean succeeded;
  private volatile byte[] checksum = new byte[0];

  /** Further files of the last configuration that could be bound. */
  private volatile Included included = new Included(List.of(), new byte[0]);

  /** Names of further files, and what they held when they were looked at. */
  private record Included(List<Glob> names, byte[] checksum) {}

  // Guarded by loading.
  private byte @Nullable [] content;
  private Set<String> warned = Set.of();

  /** Reads nothing yet: until {@link #load} there are only defaults. */
  public Configuration(Setup setup) {
    this.setup = setup;
    this.layers = new Layers(setup);
    setup.sections().forEach(s -> kernelKeys.add(s.key()));
    this.running =
        new Running(
            new Snapshot(
                Map.of(),
                Set.of(),
                Defaults.of(GlobalConfig.class),
                baseDirectory(),
                shownDirectory()),
            Map.of(),
            Map.of(),
            Node.Mapping.empty(Mark.of("")),
            Set.of());
  }

  private Path baseDirectory() {
    Path working = setup.workingDirectory();
    Path directory = setup.file().map(f -> working.resolve(f).getParent()).orElse(working);
    return directory == null ? working : directory;
  }

  private Path shownDirectory() {
    Path directory = setup.file().map(Path::getParent).orElse(null);
    return directory == null ? Path.of("") : directory;
  }

  /** The text of {@code --help}: all flags that the kernel and the loaded plugins take. */
  public String help() {
    return FlagHelp.of(setup.program(), setup.about(), layers.flags());
  }

  /**
   * Reads the command line as it will be read by {@link #load}, and does nothing else.
   *
   * @throws FlagException when it cannot be used
   */
  public void checkArguments() throws FlagException {
    layers.flags().parse(setup.arguments(), false);
  }

  /**
   * Loads for the first time: unlike later, a flag that nobody knows is an error.
   *
   * @throws FlagException when the command line cannot be used
   * @throws ConfigProblems when the configuration cannot be used; nothing is in force then
   */
  public void load() throws FlagException, ConfigProblems {
    checkArguments();
    round(Mode.FIRST);
  }

  /**
   * Reads the file again and switches over to it.
   *
   * @throws ConfigProblems when it cannot be used; what was in force stays so. The faults of
   *     plugins are suppressed exceptions of it. A section that fails while being applied, which it
   *     must not, is reported so too, when the new configuration is in force already
   */
  public void reload() throws ConfigProblems {
    round(Mode.RELOAD);
  }

  /**
   * Applies the text that was loaded last to the plugins that are there now. Sections of plugins
   * that have just come and that refuse are left out.
   *
   * @return what the sections that were left out found wrong; mostly nothing
   * @throws ConfigProblems when the others cannot be switched over; what was in force stays so
   */
  public List<Problem> rebind() throws ConfigProblems {
    loading.lock();
    try {
      try {
        transact(Mode.REBIND, Set.of());
        return List.of();
      } catch (ConfigProblems all) {
        Set<String> refused = new LinkedHashSet<>();
        for (ConfigSection<?> section : layers.sections(Set.of())) {
          String key = section.key();
          boolean isNew = !running.owners.contains(owner(section));
          if (isNew && all.problems().stream().anyMatch(p -> isBelow(p.path(), key))) {
            refused.add(key);
          }
        }
        if (refused.isEmpty()) {
          throw all;
        }
        transact(Mode.REBIND, refused);
        return all.problems();
      }
    } finally {
      loading.unlock();
    }
  }

  private static boolean isBelow(String path, String key) {
    return path.startsWith(key)
        && (path.length() == key.length() || ".[".indexOf(path.charAt(key.length())) >= 0);
  }

  /**
   * Whether the content of the file, or of one that it names as part of the configuration, is
   * another than at the last attempt to load it. False when there is no file, or it cannot be read
   * and could not be then.
   */
  public boolean fileChanged() {
    if (setup.file().isEmpty()) {
      return false;
    }
    Included then = included;
    return !Arrays.equals(checksum, checksum(readOrNull()))
        || !Arrays.equals(then.checksum, checksum(then.names));
  }

  /** Looks at the further files that sections name, before these read them. */
  private void look(List<Bound> bound) {
    List<Glob> names = new ArrayList<>();
    for (Bound b : bound) {
      if (b.section().namesFiles() && b.value() instanceof List<?> list) {
        Path base = baseDirectory();
        list.forEach(name -> names.add(Glob.of(base, String.valueOf(name))));
      }
    }
    included = new Included(List.copyOf(names), checksum(names));
  }

  /** A checksum of the names and contents of all files. */
  private static byte[] checksum(List<Glob> names) {
    if (names.isEmpty()) {
      return new byte[0];
    }
    MessageDigest digest = sha256();
    for (Glob name : names) {
      for (Path file : name.files()) {
        digest.update(file.toString().getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
        try (InputStream in = Files.newInputStream(file)) {
          byte[] buffer = new byte[64 << 10];
          for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            digest.update(buffer, 0, n);
          }
        } catch (IOException e) {
          // As good as empty until it can be read.
          digest.update((byte) 1);
        }
      }
    }
    return digest.digest();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private byte @Nullable [] readOrNull() {
    try {
      return Files.readAllBytes(path());
    } catch (IOException e) {
      return null;
    }
  }

  private Path path() {
    return setup.workingDirectory().resolve(setup.file().orElseThrow());
  }

  private static byte[] checksum(byte @Nullable [] content) {
    if (content == null) {
      return new byte[0];
    }
    return sha256().digest(content);
  }

  private void round(Mode mode) throws ConfigProblems {
    loading.lock();
    try {
      transact(mode, Set.of());
      loadedAt = setup.clock().instant();
      succeeded = true;
      failedAt = null;
      setup.listener().loaded(loadedAt);
    } catch (ConfigProblems e) {
      succeeded = false;
      failedAt = setup.clock().instant();
      setup.listener().failed(e);
      throw e;
    } finally {
      loading.unlock();
    }
  }

  /** The whole of it, under the lock. */
  private void transact(Mode mode, Set<String> without) throws ConfigProblems {
    Findings findings = new Findings();
    byte[] text = mode == Mode.REBIND ? content : readFile();
    List<ConfigSection<?>> sections = layers.sections(without);
    Layers.leaveOutDuplicates(sections, findings);
    Layers.Layered layered = layers.lay(text, sections, findings);
    Set<String> owners = new HashSet<>();
    sections.forEach(s -> owners.add(owner(s)));
    try (Transaction transaction =
        new Transaction(setup.extensions(), setup.role(), findings, setup.patience())) {
      List<Bound> bound = transaction.bind(sections, layered.tree(), mode == Mode.REBIND);
      findings.throwIfAny();
      look(bound);
      Snapshot snapshot = snapshot(bound, layered.tree());
      warnOfUnknownFeatures(snapshot, findings);
      Map<String, String> flags = FlagValues.of(layered.flags(), layered.parsed(), snapshot);
      List<PreparedSection> prepared = transaction.prepare(bound, snapshot);
      if (!findings.problems().isEmpty()) {
        transaction.discard(prepared);
        findings.throwIfAny();
      }
      content = text;
      Map<String, Object> shown = new LinkedHashMap<>(snapshot.sections());
      shown.putAll(transaction.shown(prepared));
      running = new Running(snapshot, shown, flags, layered.file(), owners);
      transaction.apply(prepared);
    }
    warn(findings);
    findings.throwIfAny();
  }

  /**
   * Reads the file and binds it, and has every section look at its own. Nothing that is in force
   * changes; the listener hears nothing.
   *
   * @throws ConfigProblems with everything that is wrong
   */
  public ConfigChecker.Checked check(ConfigCheck check) throws ConfigProblems {
    loading.lock();
    Findings findings = new Findings();
    byte[] text = readFile();
    try (Transaction transaction =
        new Transaction(setup.extensions(), setup.role(), findings, setup.patience())) {
      List<ConfigSection<?>> sections = layers.sections(Set.of());
      Layers.leaveOutDuplicates(sections, findings);
      Layers.Layered layered = layers.lay(text, sections, findings);
      List<Bound> bound = transaction.bind(sections, layered.tree(), false);
      findings.throwIfAny();
      Snapshot snapshot = snapshot(bound, layered.tree());
      transaction.check(bound, snapshot, check);
      findings.throwIfAny();
      findings.warnings().forEach(w -> check.warn(w.toString()));
      Set<String> keys = new LinkedHashSet<>(layered.fileKeys());
      keys.removeIf(key -> isEmpty(Trees.find(layered.tree(), List.of(key))));
      return new ConfigChecker.Checked(snapshot, keys);
    } finally {
      loading.unlock();
    }
  }

  private static boolean isEmpty(@Nullable Node node) {
    return switch (node) {
      case null -> true;
      case Node.Mapping mapping -> mapping.entries().isEmpty();
      case Node.Sequence sequence -> sequence.items().isEmpty();
      case Node.Scalar scalar -> Node.isNull(scalar);
    };
  }

  private byte @Nullable [] readFile() throws ConfigProblems {
    if (setup.file().isEmpty()) {
      return null;
    }
    String name = setup.file().get().toString();
    checksum = new byte[0];
    try {
      byte[] read = Files.readAllBytes(path());
      checksum = checksum(read);
      return read;
    } catch (NoSuchFileException e) {
      throw new ConfigProblems(Mark.of(name), "open " + name + ": no such file or directory");
    } catch (AccessDeniedException e) {
      throw new ConfigProblems(Mark.of(name), "open " + name + ": permission denied");
    } catch (IOException e) {
      String reason = Files.isDirectory(path()) ? "is a directory" : String.valueOf(e.getMessage());
      throw new ConfigProblems(Mark.of(name), "read " + name + ": " + reason);
    } catch (OutOfMemoryError e) {
      throw new ConfigProblems(Mark.of(name), "cannot read " + name + ": file too large");
    }
  }

  private Snapshot snapshot(List<Bound> bound, Node.Mapping tree) {
    Map<String, Object> values = new LinkedHashMap<>();
    bound.forEach(b -> values.put(b.section().key(), b.value()));
    GlobalConfig global =
        values.get("global") instanceof GlobalConfig g ? g : Defaults.of(GlobalConfig.class);
    Set<String> given = new HashSet<>();
    for (Node.Entry entry : tree.entries()) {
      given.add(entry.key());
      if (entry.value() instanceof Node.Mapping below) {
        below.entries().forEach(e -> given.add(entry.key() + "." + e.key()));
      }
    }
    return new Snapshot(values, given, global, baseDirectory(), shownDirectory());
  }

  private void warnOfUnknownFeatures(Snapshot snapshot, Findings findings) {
    if (setup.role().name().isEmpty()) {
      return;
    }
    List<?> features = snapshot.section("features", List.class).orElse(List.of());
    for (Object feature : features) {
      String name = String.valueOf(feature);
      String remark =
          setup.role().knownFeatures().contains(name)
              ? setup.role().featureRemarks().get(name)
              : "Unknown option for --enable-feature";
      if (remark != null) {
        findings.warning(Mark.of("--enable-feature"), "", remark + " option=" + name);
      }
    }
  }

  /** Says what was not said in the last round. */
  private void warn(Findings findings) {
    Set<String> now = new LinkedHashSet<>();
    findings.warnings().forEach(w -> now.add(w.toString()));
    for (String warning : now) {
      if (!warned.contains(warning)) {
        setup.listener().warning(warning);
      }
    }
    warned = now;
  }

  private static String owner(ConfigSection<?> section) {
    Class<?> type = section.getClass();
    return section.key() + ' ' + type.getName() + ' ' + System.identityHashCode(type);
  }

  @Override
  public String yaml() {
    Running now = running;
    Map<String, Object> shown = new LinkedHashMap<>();
    Object global = now.shown.get("global");
    if (global != null) {
      shown.put("global", global);
    }
    for (Node.Entry written : now.file.entries()) {
      String key = written.key();
      Object value = now.shown.get(key);
      if (value != null) {
        // What the kernel has in a section besides may be another program's with less in it.
        shown.putIfAbsent(
            key,
            kernelKeys.contains(key)
                ? ConfigWriter.only(ConfigWriter.tree(value), written.value())
                : value);
      }
    }
    now.shown.forEach((key, value) -> {
      if (Trees.isBelow(key)) {
        below(shown, key, value, now.file);
        return;
      }
      // Keys that are not the program's mean nothing to it, and people may feed this to it.
      if (setup.role().knownSections().contains(key)) {
        shown.putIfAbsent(key, value);
      }
    });
    return ConfigWriter.write(shown);
  }

  /** Shows a section among the keys of the one that it stands below, where the file has it. */
  private static void below(
      Map<String, Object> shown, String key, Object value, Node.Mapping file) {
    String parent = Trees.above(key).get(0);
    if (Trees.find(file, List.of(parent, Trees.last(key))) == null) {
      return;
    }
    Map<String, Object> all = new LinkedHashMap<>();
    Object above = shown.get(parent);
    if (above != null && ConfigWriter.tree(above) instanceof Map<?, ?> map) {
      map.forEach((k, v) -> all.put(String.valueOf(k), v));
    }
    all.put(Trees.last(key), ConfigWriter.tree(value));
    shown.put(parent, all);
  }

  @Override
  public Map<String, String> flags() {
    return new TreeMap<>(running.flags);
  }

  @Override
  public ConfigSnapshot snapshot() {
    return running.snapshot;
  }

  @Override
  public Instant loadedAt() {
    return loadedAt;
  }

  @Override
  public boolean lastLoadSucceeded() {
    return succeeded;
  }

  @Override
  public Optional<Instant> failedAt() {
    return Optional.ofNullable(failedAt);
  }

  /** All keys that hold single values, for the tables of the documentation. */
  static List<Setting> documented(List<ConfigSection<?>> sections, Extensions extensions) {
    return SettingScan.of(
        sections.stream().filter(s -> s.shape().container() == ConfigShape.Container.ONE).toList(),
        extensions,
        "");
  }
}
