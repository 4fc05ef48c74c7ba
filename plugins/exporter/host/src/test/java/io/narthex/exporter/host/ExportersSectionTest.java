package io.narthex.exporter.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.config.ConfigException;
import io.narthex.api.config.Prepared;
import io.narthex.api.web.HttpError;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

class ExportersSectionTest {
  private final Bench bench = new Bench("prometheus");
  private final FakeExporter a = bench.plugin("a");
  private final FakeExporter b = bench.plugin("b");

  @Test
  void makesWhatIsConfigured() throws Exception {
    bench.run(a.configured(1));

    assertThat(bench.scrape("a")).isEqualTo("a_value=1");
    assertThat(a.context.baseDirectory()).isEqualTo(Bench.BASE);
    assertThat(b.made).isEmpty();
  }

  @Test
  void changesNothingBeforeItIsApplied() throws Exception {
    bench.run(a.configured(1));

    bench.prepare(Bench.config(Map.of(), a.configured(2)));

    assertThat(bench.scrape("a")).isEqualTo("a_value=1");
  }

  @Test
  void keepsTheUnchangedAndClosesTheChanged() throws Exception {
    bench.run(a.configured(1), b.configured(1));
    FakeExporter.Collector before = b.collector();

    bench.run(a.configured(1), b.configured(2));

    assertThat(a.made).hasSize(1);
    assertThat(a.collector().isOpen()).isTrue();
    assertThat(before.isClosed()).isTrue();
    assertThat(b.collector().isOpen()).isTrue();
    assertThat(bench.scrape("b")).isEqualTo("b_value=2");
  }

  @Test
  void closesWhatIsNoLongerConfigured() throws Exception {
    bench.run(a.configured(1), b.configured(1));

    bench.run(b.configured(1));

    assertThat(a.collector().isClosed()).isTrue();
    assertThatThrownBy(() -> bench.scrape("a"))
        .hasMessage("no exporter \"a\" is configured")
        .asInstanceOf(InstanceOfAssertFactories.type(HttpError.class))
        .returns(404, HttpError::status);
  }

  @Test
  void discardClosesWhatWasMadeAndLeavesTheRest() throws Exception {
    bench.run(a.configured(1));

    Prepared prepared = bench.prepare(Bench.config(Map.of(), a.configured(1), b.configured(1)));
    prepared.discard();

    assertThat(b.collector().isClosed()).isTrue();
    assertThat(a.collector().isOpen()).isTrue();
    assertThat(bench.scrape("a")).isEqualTo("a_value=1");
  }

  @Test
  void refusesWhatAnExporterRefuses() throws Exception {
    b.creation =
        () -> {
          throw new IllegalArgumentException("got value 2, want 1");
        };

    assertThatThrownBy(
            () -> bench.prepare(Bench.config(Map.of(), a.configured(1), b.configured(2))))
        .hasMessage("cannot make exporter b: got value 2, want 1")
        .asInstanceOf(InstanceOfAssertFactories.type(ConfigException.class))
        .returns("b", ConfigException::path);
    assertThat(a.collector().isClosed()).as("what was made before it").isTrue();
  }

  @Test
  void oneThatCannotBeMadeStopsNoOther() throws Exception {
    b.creation =
        () -> {
          throw new NoClassDefFoundError("com/example/Missing");
        };
    bench.run(b.configured(1), a.configured(1));

    assertThat(bench.scrape("a")).isEqualTo("a_value=1");
    assertThatThrownBy(() -> bench.scrape("b"))
        .hasMessageContaining(
            "cannot make exporter b: java.lang.NoClassDefFoundError: com/example/Missing");
  }

  @Test
  void triesToMakeItAgainAtTheNextReload() throws Exception {
    b.creation =
        () -> {
          throw new IllegalStateException("not yet");
        };
    bench.run(b.configured(1));
    b.creation = null;

    bench.run(b.configured(1));

    assertThat(bench.scrape("b")).isEqualTo("b_value=1");
  }

  @Test
  void doesNotWaitForOneThatHangsWhileItIsMade() throws Exception {
    Bench impatient = new Bench("prometheus", Duration.ofMillis(20));
    FakeExporter slow = impatient.plugin("slow");
    FakeExporter other = new FakeExporter("other");
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch late = new CountDownLatch(1);
    slow.creation =
        () -> {
          boolean waiting = true;
          while (waiting) {
            try {
              release.await();
              waiting = false;
            } catch (InterruptedException e) {
              // A factory that does not care for interrupts.
              continue;
            }
          }
          var made = other.create(new FakeExporter.Config(1), slow.context);
          late.countDown();
          return made;
        };

    impatient.run(slow.configured(1));

    assertThatThrownBy(() -> impatient.scrape("slow"))
        .hasMessageContaining("cannot make exporter slow: no answer within 20ms");
    release.countDown();
    late.await();
    assertThat(other.collector().isClosed()).as("what came too late").isTrue();
  }

  @Test
  void opensServersAtTheStartAndClosesThemAtTheEnd() throws Exception {
    bench.apply(
        Bench.config(
            Map.of("servers", List.of(Bench.server(":9100", "a"))),
            a.configured(1),
            b.configured(2)));
    assertThat(bench.host.open).isEmpty();

    bench.section.start();
    assertThat(bench.host.addressesInUse()).containsExactly(":9100");
    assertThat(bench.host.open.get(0).config.name()).isEqualTo("exporter-a");
    assertThat(bench.host.open.get(0).get("/metrics").text()).isEqualTo("a_value=1");
    assertThat(bench.host.open.get(0).get("/").text())
        .contains("<h1>Narthex exporter: a</h1>", "<a href=\"./metrics\">");

    bench.section.stop();
    assertThat(bench.host.open).isEmpty();
    assertThat(a.collector().isClosed()).isTrue();
    assertThat(bench.repeater.running).isFalse();
    bench.section.stop();
  }

  @Test
  void mayBeStoppedWithoutAStart() {
    bench.section.stop();

    assertThat(bench.host.open).isEmpty();
  }

  @Test
  void servesAllExportersWhereNoneIsNamed() throws Exception {
    bench.apply(
        Bench.config(
            Map.of("servers", List.of(Bench.server(":9100"))), a.configured(1), b.configured(2)));
    bench.section.start();

    assertThat(bench.host.open.get(0).get("/metrics").text()).isEqualTo("a_value=1 b_value=2");
  }

  @Test
  void keepsServersThatAreStillConfigured() throws Exception {
    bench.section.start();
    ExportersConfig.Server first = Bench.server(":1", "a");
    bench.apply(
        Bench.config(Map.of("servers", List.of(first, Bench.server(":2"))), a.configured(1)));
    FakeHost.Open kept = bench.host.open.get(0);

    bench.apply(
        Bench.config(Map.of("servers", List.of(Bench.server(":3"), first)), a.configured(2)));

    assertThat(bench.host.addressesInUse()).containsExactly(":1", ":3");
    assertThat(bench.host.open).contains(kept);
    assertThat(kept.get("/metrics").text()).as("the new exporter").isEqualTo("a_value=2");
  }

  @Test
  void anOccupiedPortStopsNoOtherServer() throws Exception {
    bench.host.occupied.add(":1");
    bench.apply(
        Bench.config(
            Map.of("servers", List.of(Bench.server(":1"), Bench.server(":2"))), a.configured(1)));

    bench.section.start();

    assertThat(bench.host.addressesInUse()).containsExactly(":2");
    assertThat(bench.scrape("a")).isEqualTo("a_value=1");
  }

  @Test
  void opensAServerWhenItsPortBecomesFree() throws Exception {
    bench.host.occupied.add(":1");
    bench.apply(Bench.config(Map.of("servers", List.of(Bench.server(":1"))), a.configured(1)));
    bench.section.start();
    bench.repeater.tick();
    assertThat(bench.host.open).isEmpty();

    bench.host.occupied.clear();
    bench.repeater.tick();
    assertThat(bench.host.addressesInUse()).containsExactly(":1");
    int attempts = bench.host.attempts;
    bench.repeater.tick();
    assertThat(bench.host.attempts).as("nothing left to open").isEqualTo(attempts);
  }

  @Test
  void doesNotOpenWhatIsNoLongerWanted() throws Exception {
    bench.host.occupied.add(":1");
    bench.section.start();
    bench.apply(Bench.config(Map.of("servers", List.of(Bench.server(":1"))), a.configured(1)));
    bench.run(a.configured(1));

    bench.host.occupied.clear();
    bench.repeater.tick();
    bench.section.stop();
    bench.repeater.tick();

    assertThat(bench.host.open).isEmpty();
  }

  @Test
  void refusesAServerForAnExporterThatIsNotConfigured() {
    assertThatThrownBy(() ->
            bench.prepare(
                Bench.config(
                    Map.of("servers", List.of(Bench.server(":1", "a", "nod"))),
                    a.configured(1),
                    b.configured(1))))
        .hasMessage("cannot serve exporter \"nod\": it is not configured; want one of [a, b]")
        .asInstanceOf(InstanceOfAssertFactories.type(ConfigException.class))
        .returns("servers[0].exporters[1]", ConfigException::path);
  }

  /** The kernel binds the same text again when a plugin has gone, without what it brought. */
  @Test
  void aServerOutlivesThePluginThatItServes() throws Exception {
    Map<String, ?> servers = Map.of("servers", List.of(Bench.server(":1", "a")));
    bench.section.start();
    bench.apply(Bench.config(servers, a.configured(1), b.configured(1)));

    bench.apply(Bench.config(servers, b.configured(1)));
    assertThat(bench.host.open.get(0).get("/metrics").text()).isEmpty();

    bench.apply(Bench.config(servers, a.configured(1), b.configured(1)));
    assertThat(bench.host.open.get(0).get("/metrics").text()).isEqualTo("a_value=1");
  }
}
