package io.narthex.kernel.config;

import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.GlobalConfig;
import io.narthex.api.config.Prepared;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.kernel.config.Node.Entry;
import io.narthex.kernel.config.Node.Mapping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
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

  private static final String BASE = "base configuration";

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

  /** A section with what was bound to it. */
  private record Bound(ConfigSection<?> section, Node node, Object value) {}

  private record PreparedSection(Bound bound, Prepared prepared) {}

  /** What is in force. */
  private record Running(
      Snapshot snapshot, Map<String, String> flags, Set<String> written, Set<String> owners) {}

  private enum Mode {
    FIRST,
    RELOAD,
    REBIND
  }

  private final Setup setup;
  private final ReentrantLock loading = new ReentrantLock();
  private final Set<String> kernelKeys = new HashSet<>();

  private volatile Running running;
  private volatile Instant loadedAt = Instant.EPOCH;
  private volatile boolean succeeded;
  private volatile byte[] checksum = new byte[0];
  private volatile @Nullable Mapping base;

  // Guarded by loading.
  private byte @Nullable [] content;
  private Set<String> warned = Set.of();

  /** Reads nothing yet: until {@link #load} there are only defaults. */
  public Configuration(Setup setup) {
    this.setup = setup;
    setup.sections().forEach(s -> kernelKeys.add(s.key()));
    this.running =
        new Running(
            new Snapshot(Map.of(), Defaults.of(GlobalConfig.class), baseDirectory()),
            Map.of(),
            Set.of(),
            Set.of());
  }

  private Path baseDirectory() {
    Path working = setup.workingDirectory();
    Path directory = setup.file().map(f -> working.resolve(f).getParent()).orElse(working);
    return directory == null ? working : directory;
  }

  /** The text of {@code --help}: all flags that the kernel and the loaded plugins take. */
  public String help() {
    return FlagHelp.of(setup.program(), setup.about(), flagsOf(settings(sections(Set.of()))));
  }

  /**
   * Reads the command line as it will be read by {@link #load}, and does nothing else.
   *
   * @throws FlagException when it cannot be used
   */
  public void checkArguments() throws FlagException {
    flagsOf(settings(sections(Set.of()))).parse(setup.arguments(), false);
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
        for (ConfigSection<?> section : sections(Set.of())) {
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
   * Whether the file's content is another than at the last attempt to load it. False when there is
   * no file, or it cannot be read and could not be then.
   */
  public boolean fileChanged() {
    return setup.file().isPresent() && !Arrays.equals(checksum, checksum(readOrNull()));
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
    try {
      return MessageDigest.getInstance("SHA-256").digest(content);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private void round(Mode mode) throws ConfigProblems {
    loading.lock();
    try {
      transact(mode, Set.of());
      loadedAt = setup.clock().instant();
      succeeded = true;
      setup.listener().loaded(loadedAt);
    } catch (ConfigProblems e) {
      succeeded = false;
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
    List<ConfigSection<?>> sections = sections(without);
    reportDuplicates(sections, findings);
    List<Setting> settings = settings(sections);
    Flags flags = flagsOf(settings);
    Flags.Parsed parsed = parse(flags);

    Mapping written = tree(text, findings);
    Mapping tree = written;
    Overlays overlays = new Overlays(settings, setup.environment(), parsed);
    tree = overlays.lay(tree, false, findings);
    for (Selection selection : Selection.all()) {
      if (sections.stream().anyMatch(s -> s.key().equals(selection.key().get(0)))) {
        tree = selection.apply(tree, setup.extensions(), findings);
      }
    }
    tree = overlays.lay(tree, true, findings);
    overlays.warnOfUnknownVariables(findings);
    parsed.ignored().stream()
        .reduce((a, b) -> a + ", " + b)
        .ifPresent(f -> findings.warning(Mark.of("command line"), "", "no effect here: " + f));

    Set<String> keys = new LinkedHashSet<>();
    written.entries().forEach(e -> keys.add(e.key()));
    Set<String> owners = new HashSet<>();
    sections.forEach(s -> owners.add(owner(s)));
    try (Round round = new Round(setup.patience())) {
      List<Bound> bound = bind(sections, tree, mode == Mode.REBIND, round, findings);
      findings.throwIfAny();
      Snapshot snapshot = snapshot(bound);
      warnOfUnknownFeatures(snapshot, findings);
      Running next = new Running(snapshot, values(flags, parsed, snapshot), keys, owners);
      List<PreparedSection> prepared = prepare(bound, snapshot, round, findings);
      if (!findings.problems().isEmpty()) {
        discard(prepared, round, findings);
        findings.throwIfAny();
      }
      content = text;
      running = next;
      apply(prepared, round, findings);
    }
    warn(findings);
    findings.throwIfAny();
  }

  private Flags.Parsed parse(Flags flags) throws ConfigProblems {
    try {
      return flags.parse(setup.arguments(), true);
    } catch (FlagException e) {
      throw new ConfigProblems(Mark.of("command line"), Objects.toString(e.getMessage(), ""));
    }
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
    } catch (java.nio.file.AccessDeniedException e) {
      throw new ConfigProblems(Mark.of(name), "open " + name + ": permission denied");
    } catch (IOException e) {
      String reason = Files.isDirectory(path()) ? "is a directory" : String.valueOf(e.getMessage());
      throw new ConfigProblems(Mark.of(name), "read " + name + ": " + reason);
    } catch (OutOfMemoryError e) {
      throw new ConfigProblems(Mark.of(name), "cannot read " + name + ": file too large");
    }
  }

  /** The file over the role's base. */
  private Mapping tree(byte @Nullable [] text, Findings findings) throws ConfigProblems {
    Mapping base =
        top(
            Yaml.read(BASE, setup.role().baseConfiguration(), Yaml.Limits.STANDARD, findings),
            findings);
    if (text == null) {
      return base;
    }
    String name = setup.file().orElseThrow().toString();
    return Trees.merge(base, top(Yaml.read(name, text, Yaml.Limits.STANDARD, findings), findings));
  }

  /** Keys of the top level, each once. */
  private static Mapping top(Node root, Findings findings) throws ConfigProblems {
    if (Node.isNull(root)) {
      return Mapping.empty(root.mark());
    }
    if (!(root instanceof Mapping mapping)) {
      throw new ConfigProblems(
          root.mark(), "cannot unmarshal " + root.tag() + " into config.plain; want keys");
    }
    Map<String, Entry> once = new LinkedHashMap<>();
    for (Entry entry : mapping.entries()) {
      if (once.putIfAbsent(entry.key(), entry) != null) {
        findings.problem(
            entry.mark(),
            entry.key(),
            "field " + entry.key() + " already set in type config.plain");
      }
    }
    return new Mapping(
        mapping.source(), mapping.line(), mapping.column(), List.copyOf(once.values()));
  }

  /** The kernel's, then those of plugins, in their order; of two with one key both. */
  private List<ConfigSection<?>> sections(Set<String> without) {
    List<ConfigSection<?>> all = new ArrayList<>(setup.sections());
    for (ConfigSection<?> section : setup.extensions().all(ConfigSection.class)) {
      if (!without.contains(section.key())) {
        all.add(section);
      }
    }
    all.sort(Comparator.comparingInt(ConfigSection::order));
    return all;
  }

  /** Takes out those whose key is another's already. */
  private static void reportDuplicates(List<ConfigSection<?>> sections, Findings findings) {
    Set<String> keys = new HashSet<>();
    sections.removeIf(section -> {
      boolean second = !keys.add(section.key());
      if (second) {
        findings.warning(
            Mark.of(section.getClass().getName()),
            "",
            "is left out: the key " + section.key() + " has another owner");
      }
      return second;
    });
  }

  private List<Setting> settings(List<ConfigSection<?>> sections) {
    List<Setting> settings = new ArrayList<>(KernelFlags.all(setup.role().defaultConfigFile()));
    settings.addAll(SettingScan.of(sections, setup.extensions(), setup.role().name()));
    settings.replaceAll(s -> s.path().isEmpty() ? s : s.over(Trees.find(base(), s.path())));
    return settings;
  }

  /** The role's base; empty when it is broken, which loading reports. */
  private Mapping base() {
    Mapping known = base;
    if (known == null) {
      try {
        Findings ignored = new Findings();
        Node root =
            Yaml.read(BASE, setup.role().baseConfiguration(), Yaml.Limits.STANDARD, ignored);
        known = root instanceof Mapping mapping ? mapping : Mapping.empty(root.mark());
      } catch (ConfigProblems e) {
        known = Mapping.empty(Mark.of(BASE));
      }
      base = known;
    }
    return known;
  }

  private Flags flagsOf(List<Setting> settings) {
    return new Flags(settings, setup.role().flagAliases(), setup.role().flagsWithoutEffect());
  }

  /** Records of plugins are made here, so this, too, may take only so long. */
  private List<Bound> bind(
      List<ConfigSection<?>> sections,
      Mapping tree,
      boolean lenient,
      Round round,
      Findings findings)
      throws ConfigProblems {
    Findings own = new Findings();
    try {
      List<Bound> bound = round.call(() -> bind(sections, tree, own, lenient), late -> {});
      findings.addAll(own);
      return bound;
    } catch (ExecutionException e) {
      findings.fault(tree.mark(), "", "cannot bind", cause(e));
    } catch (TimeoutException e) {
      findings.problem(tree.mark(), "", "cannot bind: no answer of a plugin's record in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      findings.problem(tree.mark(), "", "cannot bind: interrupted");
    }
    findings.throwIfAny();
    return List.of();
  }

  private List<Bound> bind(
      List<ConfigSection<?>> sections, Mapping tree, Findings findings, boolean lenient) {
    Set<String> tolerated = Set.copyOf(setup.role().knownSections());
    Binder binder = new Binder(setup.extensions(), findings, tolerated, lenient);
    Map<String, Entry> rest = new LinkedHashMap<>();
    tree.entries().forEach(e -> rest.putIfAbsent(e.key(), e));
    List<Bound> all = new ArrayList<>();
    Set<String> keys = new LinkedHashSet<>();
    for (ConfigSection<?> section : sections) {
      keys.add(section.key());
      Entry entry = rest.remove(section.key());
      Node node = entry == null ? null : entry.value();
      Mark place = entry == null ? tree.mark() : entry.mark();
      try {
        Object value = binder.bind(section.shape(), node, section.key(), place);
        if (value != null) {
          all.add(new Bound(section, node == null ? Mapping.empty(place) : node, value));
        }
      } catch (RuntimeException | LinkageError e) {
        findings.fault(place, section.key(), "cannot bind", e);
      }
    }
    List<String> known = new ArrayList<>(keys);
    known.addAll(setup.role().knownSections());
    rest.values().forEach(e -> binder.unknown(e, e.key(), "config.plain", known, List.of()));
    return all;
  }

  private Snapshot snapshot(List<Bound> bound) {
    Map<String, Object> values = new LinkedHashMap<>();
    bound.forEach(b -> values.put(b.section.key(), b.value));
    GlobalConfig global =
        values.get("global") instanceof GlobalConfig g ? g : Defaults.of(GlobalConfig.class);
    return new Snapshot(values, global, baseDirectory());
  }

  private void warnOfUnknownFeatures(Snapshot snapshot, Findings findings) {
    if (setup.role().name().isEmpty()) {
      return;
    }
    List<?> features = snapshot.section("features", List.class).orElse(List.of());
    for (Object feature : features) {
      if (!setup.role().knownFeatures().contains(feature)) {
        findings.warning(
            Mark.of("--enable-feature"), "", "unknown option for --enable-feature: " + feature);
      }
    }
  }

  private static List<PreparedSection> prepare(
      List<Bound> bound, ConfigSnapshot snapshot, Round round, Findings findings) {
    List<PreparedSection> done = new ArrayList<>();
    for (Bound b : bound) {
      String key = b.section.key();
      try {
        Prepared prepared =
            round.call(() -> prepare(b.section, b.value, snapshot), Prepared::discard);
        done.add(new PreparedSection(b, prepared));
      } catch (ExecutionException e) {
        if (e.getCause() instanceof ConfigException refusal) {
          String path = refusal.path();
          findings.problem(
              Trees.place(b.node, path),
              path.startsWith("[") ? key + path : path.isEmpty() ? key : key + "." + path,
              Objects.toString(refusal.getMessage(), "cannot be used"));
        } else {
          findings.fault(b.node.mark(), key, "cannot prepare", cause(e));
        }
      } catch (TimeoutException e) {
        findings.problem(b.node.mark(), key, "cannot prepare: no answer in time");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        findings.problem(b.node.mark(), key, "cannot prepare: interrupted");
        return done;
      }
    }
    return done;
  }

  @SuppressWarnings("unchecked")
  private static <C> Prepared prepare(
      ConfigSection<C> section, Object value, ConfigSnapshot snapshot) throws ConfigException {
    // The binder has made the value from the section's own shape.
    return section.prepare((C) value, snapshot);
  }

  private static void discard(List<PreparedSection> prepared, Round round, Findings findings) {
    Deque<PreparedSection> reversed = new ArrayDeque<>();
    prepared.forEach(reversed::push);
    for (PreparedSection p : reversed) {
      run(p, p.prepared::discard, "cannot discard", round, findings);
    }
  }

  private static void apply(List<PreparedSection> prepared, Round round, Findings findings) {
    for (PreparedSection p : prepared) {
      run(p, p.prepared::apply, "cannot apply", round, findings);
    }
  }

  private static void run(
      PreparedSection section, Runnable what, String failed, Round round, Findings findings) {
    Mark mark = section.bound.node.mark();
    String key = section.bound.section.key();
    try {
      round.call(
          () -> {
            what.run();
            return key;
          },
          k -> {});
    } catch (ExecutionException e) {
      findings.fault(mark, key, failed, cause(e));
    } catch (TimeoutException e) {
      findings.problem(mark, key, failed + ": no answer in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      findings.problem(mark, key, failed + ": interrupted");
    }
  }

  private static Throwable cause(ExecutionException e) {
    return Objects.requireNonNullElse(e.getCause(), e);
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

  private static Map<String, String> values(Flags flags, Flags.Parsed parsed, Snapshot snapshot) {
    Map<String, String> values = new TreeMap<>();
    for (Setting setting : flags.all()) {
      if (KernelFlags.OF_COMMAND_LINE.contains(setting.flag())) {
        continue;
      }
      String given = parsed.value(setting.flag());
      values.put(
          setting.flag(),
          setting.path().isEmpty()
              ? given != null ? given : String.join(",", setting.defaults())
              : inForce(setting, snapshot));
    }
    return values;
  }

  private static String inForce(Setting setting, Snapshot snapshot) {
    Object at = snapshot.sections().get(setting.path().get(0));
    for (String key : setting.path().subList(1, setting.path().size())) {
      at = at instanceof Record record ? ConfigPath.step(record, key) : null;
    }
    if (at == null && setting.isSecret()) {
      return "";
    }
    if (at instanceof List<?> items) {
      return Redaction.of(String.join(",", items.stream().map(Setting::text).toList()));
    }
    return at == null ? String.join(",", setting.defaults()) : Redaction.of(Setting.text(at));
  }

  @Override
  public String yaml() {
    Running now = running;
    Map<String, Object> shown = new LinkedHashMap<>();
    Object global = now.snapshot.sections().get("global");
    if (global != null) {
      shown.put("global", global);
    }
    for (String key : now.written) {
      Object value = now.snapshot.sections().get(key);
      if (value != null) {
        shown.putIfAbsent(key, value);
      }
    }
    now.snapshot
        .sections()
        .forEach((key, value) -> {
          // The kernel's own keys mean nothing to Prometheus, which people may feed this to.
          if (!kernelKeys.contains(key)) {
            shown.putIfAbsent(key, value);
          }
        });
    return ConfigWriter.write(shown);
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

  /** All keys that hold single values, for the tables of the documentation. */
  static List<Setting> documented(List<ConfigSection<?>> sections, Extensions extensions) {
    return SettingScan.of(
        sections.stream().filter(s -> s.shape().container() == ConfigShape.Container.ONE).toList(),
        extensions,
        "");
  }
}
