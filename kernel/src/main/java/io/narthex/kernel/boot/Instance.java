package io.narthex.kernel.boot;

import com.google.inject.Guice;
import io.narthex.api.command.Command;
import io.narthex.api.config.ConfigChecker;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.plugin.Features;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryEngineContext;
import io.narthex.api.query.QueryEngineProvider;
import io.narthex.api.service.Role;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageException;
import io.narthex.api.storage.StorageProvider;
import io.narthex.api.web.Route;
import io.narthex.api.web.Routes;
import io.narthex.kernel.config.AutoReload;
import io.narthex.kernel.config.ConfigListener;
import io.narthex.kernel.config.ConfigProblems;
import io.narthex.kernel.config.Configuration;
import io.narthex.kernel.config.FlagException;
import io.narthex.kernel.config.PlainSection;
import io.narthex.kernel.config.Problem;
import io.narthex.kernel.config.QueryConfig;
import io.narthex.kernel.config.RecordFiles;
import io.narthex.kernel.config.ReloadConfig;
import io.narthex.kernel.config.RoleSettings;
import io.narthex.kernel.config.Startup;
import io.narthex.kernel.config.StorageConfig;
import io.narthex.kernel.plugin.PluginHost;
import io.narthex.kernel.plugin.PluginListener;
import io.narthex.kernel.plugin.PluginSettings;
import io.narthex.kernel.web.KernelHttpClients;
import io.narthex.kernel.web.Lifecycle;
import io.narthex.kernel.web.MetricSources;
import io.narthex.kernel.web.WebConfig;
import io.narthex.kernel.web.WebFile;
import io.narthex.kernel.web.WebServer;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a server program: plugins, configuration, web server, storage and query engine,
 * services; and the way back. {@link #run} is the story in order.
 */
final class Instance implements Lifecycle, PluginListener {
  static final int WRONG_CALL = 2;

  private static final Logger log = LoggerFactory.getLogger("Main");

  /**
   * Names that the programs' own flags have for {@code --data.path}, which is needed before any
   * plugin can say so.
   */
  private static final Map<String, String> EARLY_ALIASES =
      Map.of("storage.tsdb.path", "data.path", "storage.path", "data.path");

  /** How long a call into a plugin may take. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  /** How long storage may take to persist what it has. */
  private static final Duration CLOSING = Duration.ofMinutes(2);

  private static final String STORAGE_MISSING = "no storage is available";

  private final RunningProgram program;
  private final List<String> arguments;
  private final Map<String, String> environment;
  private final Path workingDirectory;
  private final PrintStream out;
  private final PrintStream err;
  private final Clock clock = Clock.systemUTC();
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final MetricSources metrics = new MetricSources();
  private final Map<String, MetricSources.Registration> pluginMetrics = new ConcurrentHashMap<>();
  private final Map<String, List<WebServer.Registration>> pluginRoutes = new HashMap<>();
  private final LateConfiguration lateConfiguration = new LateConfiguration();
  private final LateWeb lateWeb = new LateWeb();
  private final Selected<Storage> storage = new Selected<>(STORAGE_MISSING);
  private final Selected<QueryEngine> engine = new Selected<>("no query engine is available");
  private final StopSignal stop = new StopSignal();
  private final KernelHttpClients clients;
  private final PluginHost plugins;
  private final Services services;
  private final Startup startup;
  private final Startup.Early early;
  private final Features features;
  private final Path dataDirectory;
  private final StorageSection storageSection;

  private volatile @Nullable Configuration configuration;
  private volatile State state = State.STARTING;

  /** Plugins that came in the present look. Only on the plugins' thread. */
  private final List<String> arrived = new ArrayList<>();

  /**
   * Whether plugins that come and go now find everything running. Set and read on the plugins'
   * thread after start.
   */
  private volatile boolean live;

  /** Looks at command line, environment and file for what is needed early. Nothing is started. */
  Instance(
      RunningProgram program,
      List<String> arguments,
      Map<String, String> environment,
      Path workingDirectory,
      PrintStream out,
      PrintStream err) {
    this.program = program;
    this.arguments = arguments;
    this.environment = environment;
    this.workingDirectory = workingDirectory;
    this.out = out;
    this.err = err;
    this.startup = Startup.scan(arguments, environment, EARLY_ALIASES);
    this.early = startup.read(guessedFile());
    this.dataDirectory = workingDirectory.resolve(early.data().path()).normalize();
    this.features = new Features(Set.copyOf(early.features()));
    this.storageSection = new StorageSection(storage, dataDirectory, features.names());
    this.clients = new KernelHttpClients(this::userAgent, environment::get, clock);
    Logging.configure(early.log().level().toString(), early.log().format().toString());
    this.plugins = new PluginHost(pluginSettings(), this, registry);
    this.services = new Services(plugins);
  }

  /**
   * What outgoing requests say they come from, unless a plugin says otherwise: the program that is
   * stood in for, such as {@code Prometheus/3.14.0}, since servers know that name.
   */
  private String userAgent() {
    String role = program.role();
    return role.isEmpty() || program.standsInFor().isEmpty()
        ? "Narthex/" + program.version()
        : Character.toUpperCase(role.charAt(0)) + role.substring(1) + "/" + program.standsInFor();
  }

  private PluginSettings pluginSettings() {
    Path own = dataDirectory.resolve("narthex");
    Duration interval = early.plugins().watchInterval();
    PluginSettings settings =
        PluginSettings.of(program.name(), program.version(), program.home(), own)
            .withDirectories(
                early.plugins().directories().stream().map(workingDirectory::resolve).toList())
            .withDisabled(Set.copyOf(early.plugins().disabled()));
    return interval.isPositive() ? settings.withPollInterval(interval) : settings;
  }

  /** The settings that commands about plugins work with. */
  PluginSettings settingsOfPlugins() {
    return pluginSettings();
  }

  PluginHost plugins() {
    return plugins;
  }

  /** Loads and starts the plugins, and with them the role. */
  void openPlugins() {
    ConfigChecker checker =
        new FileChecker(
            role -> RunningProgram.settingsOf(role, plugins.all(Role.class)),
            (role, file) ->
                configuration(Optional.of(file), role, List.of(), Map.of(), ConfigListener.NONE));
    KernelServices kernel =
        new KernelServices(
            program,
            features,
            lateConfiguration,
            lateWeb,
            storage,
            engine,
            clients,
            checker,
            new RecordFiles(plugins),
            clock);
    plugins.open(Guice.createInjector(kernel));
    program.choose(plugins.all(Role.class));
  }

  /** Runs until it is told to stop; the exit status. */
  int run() throws InterruptedException {
    if (startup.versionWanted()) {
      openPlugins();
      out.println(versionText());
      plugins.close();
      return 0;
    }
    openPlugins();
    if (!program.name().equals(RunningProgram.ALL) && !program.hasRole()) {
      List<Command> commands = Commands.of(program, plugins.all(Command.class));
      if (!commands.isEmpty()) {
        // A program of commands alone, called without one.
        plugins.close();
        if (!arguments.isEmpty() && !startup.helpWanted()) {
          String flag = arguments.getFirst().replaceFirst("=.*", "");
          String kind = flag.startsWith("--") ? "long" : "short";
          err.println(
              program.name() + ": error: unknown " + kind + " flag '" + flag + "', try --help");
          return 1;
        }
        Commands.overview(program, commands, out);
        return 0;
      }
      err.println(
          program.name()
              + ": cannot start: no loaded plugin brings the role "
              + program.name()
              + "; see `narthex plugin list`");
      return 1;
    }
    Configuration made = configuration(configFile());
    configuration = made;
    lateConfiguration.set(made);
    if (startup.helpWanted()) {
      out.print(made.help());
      plugins.close();
      return 0;
    }
    try {
      return serve(made);
    } finally {
      shutDown();
    }
  }

  private int serve(Configuration loading) throws InterruptedException {
    try {
      loading.checkArguments();
    } catch (FlagException e) {
      if (program.role().equals("prometheus")) {
        err.println("Error parsing command line arguments: " + e.getMessage());
        err.println(program.name() + ": error: " + e.getMessage() + ", try --help");
        return WRONG_CALL;
      }
      // As the exporters do, which leave it to kingpin.
      err.println(program.name() + ": error: " + e.getMessage() + ", try --help");
      return 1;
    }
    stop.listen(this::reloadOnSignal);
    log.info(
        "Starting Narthex program={} version={} java={} pid={}",
        program.name(),
        program.version(),
        Runtime.version(),
        ProcessHandle.current().pid());
    processMetrics();
    try {
      // Sections may ask for the web server while they are applied; it listens only after them.
      loading.load();
      WebServer web = webServer();
      lateWeb.set(web);
      if (storageConfig().flatMap(StorageConfig::selected).isPresent()) {
        DataDirectory.ensure(dataDirectory);
      }
      for (PluginHost.Owned<Routes> routes : plugins.owned(Routes.class)) {
        addRoutes(routes.pluginId(), routes.extension());
      }
      web.start();
    } catch (FlagException | ConfigException | IOException e) {
      log.error("Cannot start err={}", e.getMessage());
      return 1;
    } catch (ConfigProblems e) {
      // The listener has told each problem.
      return WRONG_CALL;
    }
    if (!startStorage()) {
      return 1;
    }
    startEngine();
    services.startAll();
    live = true;
    if (early.plugins().watchInterval().isPositive()) {
      plugins.watch();
    }
    ScheduledExecutorService timer = timer();
    try (AutoReload autoReload = new AutoReload(loading, timer)) {
      startAutoReload(autoReload);
      timer.scheduleWithFixedDelay(services::askWhetherReady, 1, 1, TimeUnit.SECONDS);
      state = State.READY;
      announce();
      log.info("Stopping reason={}", stop.await());
      return 0;
    } finally {
      timer.shutdownNow();
    }
  }

  private static ScheduledExecutorService timer() {
    return Executors.newSingleThreadScheduledExecutor(
        task -> Thread.ofPlatform().daemon().name("config-watch").unstarted(task));
  }

  private void startAutoReload(AutoReload autoReload) {
    Optional<ReloadConfig> reload =
        configuration().snapshot().section("config", ReloadConfig.class);
    boolean wanted =
        features.enabled("auto-reload-config")
            || reload.map(ReloadConfig::autoReload).orElse(false);
    if (wanted && reload.isPresent()) {
      autoReload.start(reload.get().autoReloadInterval());
    }
  }

  /**
   * Everything that was started, in the opposite order. Runs also after a start that failed half
   * way.
   */
  private void shutDown() {
    boolean served = state == State.READY;
    state = State.STOPPING;
    live = false;
    step(
        "web server",
        PATIENCE.plus(PATIENCE).plus(PATIENCE),
        () -> lateWeb.find().ifPresent(WebServer::close));
    step("services", Duration.ofMinutes(1), services::stopAll);
    engine.release().ifPresent(this::close);
    storage.release().ifPresent(this::close);
    step("plugins", Duration.ofMinutes(1), plugins::close);
    clients.close();
    if (served) {
      log.info("See you next time!");
    }
  }

  private void close(QueryEngine closing) {
    step("query engine", PATIENCE, closing::close);
  }

  private void close(Storage closing) {
    step("storage", CLOSING, closing::close);
  }

  /** One step of the way back; whatever becomes of it, the next ones follow. */
  private static void step(String what, Duration limit, Bounded.Action action) {
    try {
      Bounded.run(what + ": close", limit, action);
    } catch (Bounded.Failed e) {
      log.error("Error while stopping err={}", e.getMessage());
      log.debug("Error while stopping", e);
    }
  }

  // --- configuration ---

  private Configuration configuration(Optional<Path> file) {
    return configuration(
        file, program.settings(), arguments, environment, new ConfigMetrics(registry));
  }

  private Configuration configuration(
      Optional<Path> file,
      RoleSettings role,
      List<String> arguments,
      Map<String, String> environment,
      ConfigListener listener) {
    List<ConfigSection<?>> sections = new ArrayList<>(PlainSection.ofKernel());
    for (ConfigSection<?> own : List.of(storageSection, new QuerySection())) {
      sections.replaceAll(s -> s.key().equals(own.key()) ? own : s);
    }
    sections.add(new PlainSection<>("web", ConfigShape.of(WebConfig.class)));
    return new Configuration(
        new Configuration.Setup(
            program.name(),
            program.title(),
            role,
            file,
            workingDirectory,
            arguments,
            environment,
            sections,
            plugins,
            listener,
            clock,
            Configuration.PATIENCE));
  }

  /**
   * The file that is named, else the first that there is of those that the program reads unasked.
   */
  private Optional<Path> guessedFile() {
    Optional<Path> named = startup.configFile().map(Path::of);
    return named.isPresent()
        ? named.map(workingDirectory::resolve)
        : standardFile(program.name() + ".yml").filter(Files::exists);
  }

  private Optional<Path> standardFile(String name) {
    Path shipped = program.home().resolve("conf").resolve(name);
    if (program.name().equals(RunningProgram.ALL)) {
      return Optional.of(shipped);
    }
    Path here = workingDirectory.resolve(name);
    return Optional.of(Files.exists(here) || !Files.exists(shipped) ? here : shipped);
  }

  /**
   * The file, now that the role is known. As it was named where it was, because messages quote it.
   */
  private Optional<Path> configFile() {
    Optional<Path> named = startup.configFile().map(Path::of);
    if (named.isPresent()) {
      return named;
    }
    if (program.name().equals(RunningProgram.ALL)) {
      return standardFile("narthex.yml").filter(Files::exists);
    }
    String standard = program.settings().defaultConfigFile();
    if (standard.isEmpty()) {
      return Optional.empty();
    }
    return standardFile(standard)
        .map(f -> f.startsWith(workingDirectory) ? workingDirectory.relativize(f) : f);
  }

  private void reloadOnSignal() {
    try {
      reload();
    } catch (ConfigProblems e) {
      // Logged and counted by the listener.
      log.debug("reload by signal failed", e);
    }
  }

  @Override
  public void reload() throws ConfigProblems {
    configuration().reload();
  }

  private Configuration configuration() {
    Configuration made = configuration;
    if (made == null) {
      throw new IllegalStateException("the configuration is not loaded yet");
    }
    return made;
  }

  @Override
  public void quit() {
    stop.request("request");
  }

  @Override
  public State state() {
    if (state == State.READY && services.notReady().isPresent()) {
      return State.STARTING;
    }
    return state;
  }

  // --- web ---

  private WebServer webServer() throws ConfigException, IOException {
    WebConfig web =
        configuration()
            .snapshot()
            .section("web", WebConfig.class)
            .orElseThrow(() -> new IllegalStateException("the kernel declares web"));
    boolean server = program.role().equals("prometheus");
    return new WebServer(
        web,
        new WebServer.Settings(
            program,
            program.defaultListenAddress(),
            workingDirectory,
            Instance::webFile,
            registry,
            metrics,
            server ? "prometheus" : "",
            this,
            new ConfiguredAccess(configuration()::snapshot, plugins)));
  }

  static WebFile webFile(Path file) throws ConfigException, IOException {
    return new RecordFiles().read(file, WebFile.class);
  }

  private void addRoutes(String plugin, Routes routes) {
    Optional<WebServer> web = lateWeb.find();
    if (web.isEmpty()) {
      return;
    }
    record Brought(List<Route> routes, List<Routes.MenuEntry> menu) {}
    try {
      Brought brought =
          Bounded.call(
              "routes of " + routes.getClass().getName(),
              PATIENCE,
              () -> {
                List<Route> own = Objects.requireNonNull(routes.routes(), "routes() gave null");
                return new Brought(List.copyOf(own), List.copyOf(routes.menu()));
              });
      WebServer.Registration added = web.get().add(plugin, brought.routes, brought.menu);
      synchronized (pluginRoutes) {
        pluginRoutes.computeIfAbsent(plugin, id -> new ArrayList<>()).add(added);
      }
      if (!added.problems().isEmpty()) {
        plugins.markFailed(plugin, String.join("; ", added.problems()));
      }
    } catch (Bounded.Failed e) {
      log.debug("routes failed", e);
      plugins.markFailed(plugin, e.getMessage());
    }
  }

  private void processMetrics() {
    JvmMetrics.builder().register(registry);
    BuildInfo.register(registry, program);
    metrics.add("kernel", registry);
  }

  /** Says in one line where to look. */
  private void announce() {
    List<String> urls = new ArrayList<>();
    for (InetSocketAddress address : lateWeb.addresses()) {
      String host =
          address.getAddress().isAnyLocalAddress()
              ? "localhost"
              : address.getAddress().getHostAddress();
      String shown = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
      urls.add(lateWeb.scheme() + "://" + shown + ":" + address.getPort() + lateWeb.routePrefix());
    }
    log.info(
        "Server is ready to receive web requests. url={} seconds={} plugins={}",
        String.join(" ", urls),
        (clock.millis() - program.startedAt().toEpochMilli()) / 1000.0,
        plugins.all().stream()
            .filter(p -> p.state() == io.narthex.api.plugin.Plugins.State.STARTED)
            .count());
  }

  private String versionText() {
    return program.name()
        + ", version "
        + (program.standsInFor().isEmpty() ? program.version() : program.standsInFor())
        + " (narthex: "
        + program.version()
        + (program.revision().isEmpty() ? "" : ", revision: " + program.revision())
        + ")\n  platform:         "
        + System.getProperty("os.name").toLowerCase(java.util.Locale.ROOT)
        + "/"
        + System.getProperty("os.arch")
        + "\n  java version:     "
        + Runtime.version();
  }

  // --- storage and engine ---

  private Optional<StorageConfig> storageConfig() {
    return configuration().snapshot().section("storage", StorageConfig.class);
  }

  /** Opens the selected storage; false when there is one and it cannot be opened. */
  private boolean startStorage() throws InterruptedException {
    try {
      Optional<Storage> made =
          storageSection.make(this::storageConfig, p -> owner(StorageProvider.class, p));
      if (made.isEmpty()) {
        return true;
      }
      Thread starter = Thread.currentThread();
      Thread watcher =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  stop.await();
                  starter.interrupt();
                } catch (InterruptedException e) {
                  // Storage has come up, so nobody need be woken.
                  Thread.currentThread().interrupt();
                }
              });
      try {
        made.get().start();
      } finally {
        watcher.interrupt();
      }
      return true;
    } catch (StorageException e) {
      log.error("Opening storage failed err={}", e.getMessage());
    } catch (InterruptedException e) {
      if (!stop.requested()) {
        throw e;
      }
    } catch (RuntimeException | LinkageError e) {
      log.error("Opening storage failed err={}", e.toString());
      log.debug("Opening storage failed", e);
    }
    return stop.requested();
  }

  private void startEngine() {
    Optional<QueryConfig> config = configuration().snapshot().section("query", QueryConfig.class);
    if (config.isEmpty() || config.get().selected().isEmpty()) {
      return;
    }
    var selected = config.get().selected().get();
    String owner = owner(QueryEngineProvider.class, selected.provider());
    try {
      QueryEngineContext context = new QueryEngineContext(dataDirectory, features.names());
      engine.set(create(selected.provider(), selected.config(), context), owner);
    } catch (RuntimeException | LinkageError e) {
      plugins.markFailed(
          owner, "cannot make query engine " + selected.provider().name() + ": " + e);
    }
  }

  private static <C> QueryEngine create(
      QueryEngineProvider<C> provider, Object config, QueryEngineContext context) {
    return provider.create(provider.configType().cast(config), context);
  }

  private <T> String owner(Class<T> type, Object extension) {
    return plugins.owned(type).stream()
        .filter(o -> o.extension().equals(extension))
        .map(PluginHost.Owned::pluginId)
        .findFirst()
        .orElse("");
  }

  // --- plugins that come and go; on the plugins' thread ---

  @Override
  public void registryAdded(String id, PrometheusRegistry added) {
    pluginMetrics.put(id, metrics.add(id, added));
  }

  @Override
  public void registryRemoved(String id, PrometheusRegistry removed) {
    MetricSources.Registration registration = pluginMetrics.remove(id);
    if (registration != null) {
      registration.close();
    }
  }

  @Override
  public void afterStart(String id) {
    if (live) {
      for (Routes routes : plugins.of(id, Routes.class)) {
        addRoutes(id, routes);
      }
      arrived.add(id);
    }
  }

  /**
   * All plugins that came and went in one look have done so: binds the configuration anew, which
   * also lets go of what was bound for those that are gone, and starts what has come.
   */
  @Override
  public void changed() {
    if (!live) {
      return;
    }
    List<String> come = List.copyOf(arrived);
    arrived.clear();
    rebind(come);
    if (!live) {
      // The process ends meanwhile: nothing may be opened that it has closed already.
      return;
    }
    try {
      if (storage.find().isEmpty() && startStorage()) {
        log.debug("storage came with a plugin");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (engine.find().isEmpty()) {
      startEngine();
    }
    services.startAll();
  }

  @Override
  public void beforeStop(String id) {
    services.stopOf(id);
    List<WebServer.Registration> routes;
    synchronized (pluginRoutes) {
      routes = Objects.requireNonNullElse(pluginRoutes.remove(id), List.of());
    }
    routes.forEach(WebServer.Registration::close);
    engine.release(id).ifPresent(this::close);
    storage.release(id).ifPresent(this::close);
  }

  private void rebind(List<String> come) {
    try {
      List<Problem> refused = configuration().rebind();
      if (!refused.isEmpty()) {
        String reason = refused.stream().map(Problem::toString).collect(Collectors.joining("; "));
        come.forEach(id -> plugins.markFailed(id, reason));
      }
    } catch (ConfigProblems e) {
      log.warn(
          "Configuration stays as it was after plugins changed plugins={} reason={}",
          come,
          e.getMessage());
    }
  }
}
