package io.narthex.kernel.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Configured;
import io.narthex.api.config.FakeSnapshot;
import io.narthex.api.config.Prepared;
import io.narthex.api.config.Preparing;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryEngineContext;
import io.narthex.api.query.QueryEngineProvider;
import io.narthex.kernel.config.QueryConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuerySectionTest {
  record NoKeys() {}

  private static class Plain implements QueryEngineProvider<NoKeys> {
    @Override
    public String name() {
      return "plain";
    }

    @Override
    public Class<NoKeys> configType() {
      return NoKeys.class;
    }

    @Override
    public QueryEngine create(NoKeys config, QueryEngineContext context) {
      throw new UnsupportedOperationException();
    }
  }

  private static final class Able extends Plain implements Preparing {
    private final List<String> heard = new ArrayList<>();

    @Override
    public String name() {
      return "able";
    }

    @Override
    public Prepared prepare(ConfigSnapshot snapshot) throws ConfigException {
      heard.add("prepare " + snapshot.baseDirectory());
      if (heard.size() > 1) {
        throw new ConfigException("no");
      }
      return () -> heard.add("apply");
    }
  }

  private static final ConfigSnapshot SNAPSHOT = FakeSnapshot.in(Path.of("base"));

  private final Able able = new Able();

  private QueryConfig config(String engine) {
    return new QueryConfig(
        engine,
        List.of(new Configured<>(new Plain(), new NoKeys()), new Configured<>(able, new NoKeys())));
  }

  @Test
  void letsTheEngineInUsePrepare() throws Exception {
    QuerySection section = new QuerySection();
    section.prepare(config("able"), SNAPSHOT).apply();
    assertThat(able.heard).containsExactly("prepare base", "apply");
    assertThatThrownBy(() -> section.prepare(config("able"), SNAPSHOT)).hasMessage("no");
  }

  @Test
  void asksNobodyElse() throws Exception {
    QuerySection section = new QuerySection();
    section.prepare(config("plain"), SNAPSHOT).apply();
    section.prepare(config(""), SNAPSHOT).apply();
    assertThat(able.heard).isEmpty();
  }
}
