package io.narthex.exporter.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.prometheus.metrics.model.snapshots.Labels;
import org.junit.jupiter.api.Test;

class FamilyTest {
  private static Page print(Family family, double value, Labels labels) {
    Scrape scrape = new Scrape();
    scrape.begin();
    scrape.add(family, value, labels);
    return Page.of(scrape.snapshots());
  }

  @Test
  void printsTheNamesTypesAndHelpTextsThatWereDeclared() {
    Labels labels = Labels.of("b", "2", "a", "1\\\"\n");

    Page counter = print(Family.counter("node_x_total", "Help \\ of x."), 1, labels);
    assertThat(counter.families).containsOnlyKeys("node_x_total");
    assertThat(counter.families.get("node_x_total").type).isEqualTo("counter");
    assertThat(counter.families.get("node_x_total").help).isEqualTo("Help \\\\ of x.");
    assertThat(counter.samples("node_x_total"))
        .containsOnlyKeys("node_x_total{a=\"1\\\\\\\"\\n\",b=\"2\"}");

    Page gauge = print(Family.gauge("node_HugePages_Total", "h"), 1, Labels.EMPTY);
    assertThat(gauge.families.get("node_HugePages_Total").type).isEqualTo("gauge");

    Page info = print(Family.gauge("node_x_info", "h"), 1, labels);
    assertThat(info.families).containsOnlyKeys("node_x_info");
    assertThat(info.families.get("node_x_info").type).isEqualTo("gauge");
    assertThat(info.samples("node_x_info")).containsValue(1.0);

    Page untyped = print(Family.untyped("node_netstat_Ip_Forwarding", "h"), 1, Labels.EMPTY);
    assertThat(untyped.families.get("node_netstat_Ip_Forwarding").type).isEqualTo("untyped");
  }

  @Test
  void refusesACounterWithoutItsSuffix() {
    assertThatThrownBy(() -> Family.counter("node_x", "h"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void printsNothingOfAFamilyWithoutSamples() {
    Family family = Family.gauge("node_x", "h");
    Scrape scrape = new Scrape();
    scrape.begin();
    scrape.add(family, 1);
    assertThat(Page.of(scrape.snapshots()).families).hasSize(1);
    scrape.begin();
    assertThat(Page.of(scrape.snapshots()).families).isEmpty();
  }
}
