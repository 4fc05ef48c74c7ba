package io.narthex.query.promql;

import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Prepared;
import io.narthex.api.config.Preparing;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.query.ExpressionParser;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryEngineContext;
import io.narthex.api.query.QueryEngineProvider;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.SeriesNotation;
import io.narthex.query.promql.exec.Evaluator;
import io.narthex.query.promql.function.Functions;
import io.narthex.query.promql.parse.ParseException;
import io.narthex.query.promql.parse.ParserOptions;
import io.narthex.query.promql.parse.PromqlParser;
import io.narthex.query.promql.parse.StandardFunctions;
import io.narthex.query.promql.script.Notation;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import jakarta.inject.Inject;
import java.io.FileOutputStream;
import java.io.IOException;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

/** Brings the query engine {@code promql}. */
@Extension
public final class PromqlProvider implements QueryEngineProvider<PromqlConfig>, Preparing {
  private final Extensions extensions;
  private final RunningConfiguration configuration;
  private final PrometheusRegistry registry;
  private @Nullable EngineMetrics metrics;
  private @Nullable QueryLog log;

  /** Made by the kernel. */
  @Inject
  public PromqlProvider(
      Extensions extensions, RunningConfiguration configuration, PrometheusRegistry registry) {
    this.extensions = extensions;
    this.configuration = configuration;
    this.registry = registry;
  }

  @Override
  public String name() {
    return "promql";
  }

  @Override
  public Class<PromqlConfig> configType() {
    return PromqlConfig.class;
  }

  @Override
  public QueryEngine create(PromqlConfig config, QueryEngineContext context) {
    PluginFunctions plugins = new PluginFunctions(extensions);
    return new PromqlEngine(
        config,
        new PromqlParser(ParserOptions.of(context.features()), new StandardFunctions().or(plugins)),
        new Evaluator(new Functions(), plugins),
        () ->
            context
                .subqueryStep()
                .orElseGet(() -> configuration.snapshot().global().evaluationInterval()),
        context.features(),
        new Observation(
            metrics(),
            new ActiveQueries(context.directory(), config.maxConcurrency(), Clock.systemUTC()),
            log()),
        System::nanoTime,
        Runtime.getRuntime().availableProcessors());
  }

  @Override
  public Optional<ExpressionParser> parser(Set<String> features) {
    PromqlParser parser =
        new PromqlParser(
            ParserOptions.of(features),
            new StandardFunctions().or(new PluginFunctions(extensions)));
    return Optional.of(query -> {
      try {
        return PromqlEngine.parsed(parser.parse(query));
      } catch (ParseException e) {
        throw new QueryException(QueryException.Kind.BAD_DATA, String.valueOf(e.getMessage()), e);
      }
    });
  }

  @Override
  public Optional<SeriesNotation> notation() {
    return Optional.of(new Notation(new PromqlParser(ParserOptions.ALL, new StandardFunctions())));
  }

  @Override
  public Set<String> ownFunctions() {
    return PromqlParser.ownNames();
  }

  /** Opens the query log anew, so that a file that was moved away is left. */
  @Override
  public Prepared prepare(ConfigSnapshot snapshot) throws ConfigException {
    String name = snapshot.global().queryLogFile();
    FileOutputStream file = name.isEmpty() ? null : QueryLog.open(snapshot.resolve(name));
    return new Prepared() {
      @Override
      public void apply() {
        log().use(file);
      }

      @Override
      public void discard() {
        if (file != null) {
          try {
            file.close();
          } catch (IOException _) {
            // Nothing was written.
          }
        }
      }
    };
  }

  private synchronized QueryLog log() {
    QueryLog made = log;
    if (made == null) {
      made = new QueryLog(metrics(), Clock.systemUTC());
      log = made;
    }
    return made;
  }

  /** Registered with the first engine: an engine that is not in use shows nothing. */
  private synchronized EngineMetrics metrics() {
    EngineMetrics registered = metrics;
    if (registered == null) {
      registered = new EngineMetrics(registry);
      metrics = registered;
    }
    return registered;
  }
}
