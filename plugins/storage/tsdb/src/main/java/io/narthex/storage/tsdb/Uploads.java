package io.narthex.storage.tsdb;

import io.narthex.storage.tsdb.block.BlockMeta;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tells which blocks wait for a program that uploads them, such as Thanos's sidecar: those of level
 * 1 that are not in its list, a JSON file {@code {"uploaded": ["<ulid>", ...]}}. The file is read
 * once a minute at most; while it cannot be read no block waits, as in Prometheus. For one thread.
 */
final class Uploads implements Predicate<BlockMeta> {
  private static final Logger log = LoggerFactory.getLogger(Uploads.class);

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final long FRESH_MILLIS = 60_000;

  private final Path file;
  private final Clock clock;
  private Set<String> uploaded = Set.of();
  private long readAt = Long.MIN_VALUE;

  Uploads(Path file, Clock clock) {
    this.file = file;
    this.clock = clock;
  }

  @Override
  public boolean test(BlockMeta block) {
    if (block.compaction().level() > 1) {
      return false;
    }
    long now = clock.millis();
    if (readAt == Long.MIN_VALUE || now - readAt > FRESH_MILLIS) {
      try {
        uploaded = read();
        readAt = now;
      } catch (IOException | JacksonException e) {
        readAt = Long.MIN_VALUE;
        log.warn("cannot read TSDB upload meta file path={} err=\"{}\"", file, e.toString());
        return false;
      }
    }
    return !uploaded.contains(block.ulid().toString());
  }

  private Set<String> read() throws IOException {
    Set<String> ids = new HashSet<>();
    for (JsonNode id : JSON.readTree(Files.readAllBytes(file)).path("uploaded")) {
      ids.add(id.asString());
    }
    return ids;
  }
}
