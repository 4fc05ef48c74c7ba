package io.narthex.kernel.boot;

import com.google.inject.AbstractModule;
import com.google.inject.TypeLiteral;
import io.narthex.api.access.QueryTurns;
import io.narthex.api.config.ConfigChecker;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.config.ConfigText;
import io.narthex.api.http.HttpClients;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.Features;
import io.narthex.api.plugin.Program;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.storage.Storage;
import io.narthex.api.web.MetricsPage;
import io.narthex.api.web.WebHost;
import io.narthex.kernel.config.RecordText;
import java.time.Clock;

/** What the kernel offers to the constructors of plugins' extensions. */
final class KernelServices extends AbstractModule {
  private final Program program;
  private final Features features;
  private final RunningConfiguration configuration;
  private final LateWeb web;
  private final Current<Storage> storage;
  private final Current<QueryEngine> engine;
  private final HttpClients clients;
  private final ConfigChecker checker;
  private final ConfigFiles files;
  private final Clock clock;

  KernelServices(
      Program program,
      Features features,
      RunningConfiguration configuration,
      LateWeb web,
      Current<Storage> storage,
      Current<QueryEngine> engine,
      HttpClients clients,
      ConfigChecker checker,
      ConfigFiles files,
      Clock clock) {
    this.program = program;
    this.features = features;
    this.configuration = configuration;
    this.web = web;
    this.storage = storage;
    this.engine = engine;
    this.clients = clients;
    this.checker = checker;
    this.files = files;
    this.clock = clock;
  }

  @Override
  protected void configure() {
    bind(Program.class).toInstance(program);
    bind(Features.class).toInstance(features);
    bind(RunningConfiguration.class).toInstance(configuration);
    bind(WebHost.class).toInstance(web);
    bind(MetricsPage.class).toInstance(web);
    bind(new TypeLiteral<Current<Storage>>() {}).toInstance(storage);
    bind(new TypeLiteral<Current<QueryEngine>>() {}).toInstance(engine);
    bind(HttpClients.class).toInstance(clients);
    bind(ConfigChecker.class).toInstance(checker);
    bind(ConfigFiles.class).toInstance(files);
    bind(ConfigText.class).toInstance(new RecordText());
    bind(Clock.class).toInstance(clock);
    bind(QueryTurns.class).toInstance(new QueryTurns());
  }
}
