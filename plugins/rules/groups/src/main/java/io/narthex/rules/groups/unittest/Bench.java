package io.narthex.rules.groups.unittest;

import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.Defaults;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryEngineContext;
import io.narthex.api.query.QueryEngineProvider;
import io.narthex.api.query.SeriesNotation;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageContext;
import io.narthex.api.storage.StorageException;
import io.narthex.api.storage.StorageProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the tests of one file run on: a query engine, and a new database for each test, in a
 * directory that is deleted at the end. Used by one thread.
 */
final class Bench implements AutoCloseable {
  private static final String STORAGE = "tsdb";

  /**
   * As the databases of Prometheus's own tests: series may have gaps of hours, and nothing is
   * deleted.
   */
  private static final String SETTINGS =
      """
      min_block_duration: 24h
      max_block_duration: 24h
      retention: {time: 292y}
      wal_compression: false
      no_lockfile: true
      """;

  private final Extensions extensions;
  private final ConfigFiles files;
  private final SeriesNotation notation;
  private final Path directory;
  private final QueryEngine engine;
  private int storages;

  /**
   * Makes one.
   *
   * @param features of the query engine
   * @param subqueryStep of subqueries that name none
   */
  Bench(Extensions extensions, ConfigFiles files, Set<String> features, Duration subqueryStep)
      throws Refusal, IOException {
    this.extensions = extensions;
    this.files = files;
    QueryEngineProvider<?> provider = engineProvider();
    notation = provider.notation().orElseThrow();
    directory = Files.createTempDirectory("promtool-test-rules");
    engine =
        create(
            provider,
            new QueryEngineContext(
                directory.resolve("engine"), features, Optional.of(subqueryStep)));
  }

  private QueryEngineProvider<?> engineProvider() throws Refusal {
    for (QueryEngineProvider<?> provider : extensions.all(QueryEngineProvider.class)) {
      if (provider.notation().isPresent()) {
        return provider;
      }
    }
    throw new Refusal("no query engine is installed that tests can be written for");
  }

  private static <C> QueryEngine create(
      QueryEngineProvider<C> provider, QueryEngineContext context) {
    return provider.create(Defaults.of(provider.configType()), context);
  }

  QueryEngine engine() {
    return engine;
  }

  SeriesNotation notation() {
    return notation;
  }

  /** A new database, which belongs to the caller. One at a time. */
  Storage storage() throws Refusal, StorageException, InterruptedException {
    for (StorageProvider<?> provider : extensions.all(StorageProvider.class)) {
      if (provider.name().equals(STORAGE)) {
        storages++;
        Storage storage = create(provider, directory.resolve("data" + storages));
        storage.start();
        return storage;
      }
    }
    throw new Refusal("no storage is installed that tests can run on (plugin storage-tsdb)");
  }

  private <C> Storage create(StorageProvider<C> provider, Path data) {
    try {
      C config =
          files.parse(
              "tests",
              SETTINGS.getBytes(StandardCharsets.UTF_8),
              ConfigShape.of(provider.configType()),
              ConfigFiles.Syntax.YAML);
      return provider.create(config, new StorageContext(data, 0, Set.of()));
    } catch (ConfigException e) {
      throw new IllegalStateException("the storage knows its settings no more: " + e, e);
    }
  }

  @Override
  public void close() throws IOException {
    engine.close();
    delete(directory);
  }

  private static void delete(Path directory) throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
              throws IOException {
            Files.deleteIfExists(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
