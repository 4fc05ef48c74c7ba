package io.narthex.query.promql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class MatchingTest {
  private static final long MINUTE = 60_000;

  private final Queries queries = new Queries(Engines.standard());

  @Test
  void pairsByAllLabelsButTheName() throws Exception {
    queries.load(MINUTE, "a{x=\"1\"} 6", "a{x=\"2\"} 8", "b{x=\"1\"} 3", "b{x=\"3\"} 4");
    assertThat(queries.at(0, "a / b")).containsExactly("{x=\"1\"} 2.0@0");
    assertThat(queries.at(0, "a > b")).containsExactly("a{x=\"1\"} 6.0@0");
    assertThat(queries.at(0, "a < bool b")).containsExactly("{x=\"1\"} 0.0@0");
  }

  @Test
  void takesLabelsFromTheOneSide() throws Exception {
    queries.load(MINUTE, "a{x=\"1\",y=\"1\"} 6", "a{x=\"1\",y=\"2\"} 8", "i{x=\"1\",v=\"9\"} 2");
    assertThat(queries.at(0, "a * on(x) group_left(v) i"))
        .containsExactly(
            "{v=\"9\", x=\"1\", y=\"1\"} 12.0@0", "{v=\"9\", x=\"1\", y=\"2\"} 16.0@0");
    assertThat(queries.at(0, "i - on(x) group_right a"))
        .containsExactly("{x=\"1\", y=\"1\"} -4.0@0", "{x=\"1\", y=\"2\"} -6.0@0");
  }

  @Test
  void refusesSeveralElementsOnTheOneSide() {
    queries.load(MINUTE, "a{x=\"1\"} 6", "b{x=\"1\",y=\"2\"} 1", "b{x=\"1\",y=\"1\"} 1");
    assertThatThrownBy(() -> queries.at(0, "a + on(x) b"))
        .hasMessage(
            "found duplicate series for the match group {x=\"1\"} on the right hand-side of the"
                + " operation: [{__name__=\"b\", x=\"1\", y=\"1\"}, {__name__=\"b\", x=\"1\","
                + " y=\"2\"}];many-to-many matching not allowed: matching labels must be unique on"
                + " one side");
    assertThatThrownBy(() -> queries.at(0, "b + on(x) group_right a"))
        .hasMessageContaining("on the left hand-side of the operation");
    assertThatThrownBy(() -> queries.at(0, "b + on(x) a"))
        .hasMessage(
            "multiple matches for labels: many-to-one matching must be explicit"
                + " (group_left/group_right)");
    assertThat(queries.storage.open).isZero();
  }

  @Test
  void refusesGroupsThatAreNotUnique() {
    queries.load(MINUTE, "a{x=\"1\",y=\"1\"} 6", "a{x=\"1\",y=\"2\"} 8", "b{x=\"1\",y=\"0\"} 1");
    assertThatThrownBy(() -> queries.at(0, "a + on(x) group_left(y) b"))
        .hasMessage("multiple matches for labels: grouping labels must ensure unique matches");
  }

  @Test
  void refusesBigGroupsBeforeItMakesPairs() {
    for (int i = 0; i < 5000; i++) {
      queries.load(MINUTE, "a{x=\"" + i + "\"} 1 1", "b{x=\"" + i + "\"} 2 2");
    }
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          String many = "many-to-many matching not allowed";
          assertThatThrownBy(() -> queries.at(0, "a * on() group_left b"))
              .hasMessageContaining(many);
          assertThatThrownBy(() -> queries.at(0, "a * on() group_right(x) b"))
              .hasMessageContaining(many);
          assertThatThrownBy(() -> queries.range(0, MINUTE, MINUTE, "a * on() b"))
              .hasMessageContaining(many);
        });
  }

  @Test
  void pairsOnlySeriesThatMeet() throws Exception {
    // Each series of the one side has the group for one step.
    int steps = 200;
    for (int i = 0; i < steps; i++) {
      queries.load(
          MINUTE,
          "a{x=\"" + (1000 + i) + "\"} 1x" + (steps - 1),
          "b{y=\"" + i + "\"} " + "_ ".repeat(i) + i + " stale");
    }
    long end = (steps - 1) * MINUTE;
    assertThat(queries.range(0, end, MINUTE, "a * on() group_left b"))
        .hasSize(steps)
        .allSatisfy(line -> assertThat(line).contains("0.0@0 1.0@60000 2.0@120000"));
    assertThat(queries.range(0, end, MINUTE, "count(a * on() group_left(y) b)"))
        .containsExactlyElementsOf(queries.range(0, end, MINUTE, "vector(" + steps + ")"));
    assertThat(queries.range(0, end, MINUTE, "sum(sum by(y) (a * on() group_left(y) b))"))
        .containsExactlyElementsOf(queries.range(0, end, MINUTE, "sum(a) * on() sum(b)"));
  }

  @Test
  void allowsDuplicatesAtDifferentTimes() throws Exception {
    queries.load(
        MINUTE, "a{x=\"1\"} 1 2 3", "b{x=\"1\",y=\"1\"} 10 stale", "b{x=\"1\",y=\"2\"} _ 20 30");
    assertThat(queries.range(0, 2 * MINUTE, MINUTE, "a + on(x) b"))
        .containsExactly("{x=\"1\"} 11.0@0 22.0@60000 33.0@120000");
  }

  @Test
  void ignoresDuplicatesWhereTheOtherSideIsEmpty() throws Exception {
    queries.load(MINUTE, "b{y=\"1\"} 1", "b{y=\"2\"} 1");
    assertThat(queries.at(0, "a + on() b")).isEmpty();
  }

  @Test
  void refusesDuplicatesThatNothingMatches() {
    queries.load(MINUTE, "a{x=\"0\"} 1", "b{x=\"1\",y=\"1\"} 1", "b{x=\"1\",y=\"2\"} 1");
    assertThatThrownBy(() -> queries.at(0, "a + on(x) b")).hasMessageContaining("many-to-many");
  }

  @Test
  void combinesSetsPointByPoint() throws Exception {
    queries.load(
        MINUTE, "a{x=\"1\"} 1 2", "a{x=\"2\"} 3 4", "b{x=\"1\"} 9 stale", "c{z=\"1\"} 5 6");
    assertThat(queries.range(0, MINUTE, MINUTE, "a and b")).containsExactly("a{x=\"1\"} 1.0@0");
    assertThat(queries.range(0, MINUTE, MINUTE, "a unless b"))
        .containsExactly("a{x=\"1\"} 2.0@60000", "a{x=\"2\"} 3.0@0 4.0@60000");
    assertThat(queries.range(0, MINUTE, MINUTE, "b or a"))
        .containsExactly("a{x=\"1\"} 2.0@60000", "a{x=\"2\"} 3.0@0 4.0@60000", "b{x=\"1\"} 9.0@0");
    assertThat(queries.range(0, MINUTE, MINUTE, "a and on() c"))
        .containsExactly("a{x=\"1\"} 1.0@0 2.0@60000", "a{x=\"2\"} 3.0@0 4.0@60000");
  }

  @Test
  void refusesSeriesThatBecomeTheSame() {
    queries.load(MINUTE, "a{x=\"1\"} 1", "b{x=\"1\"} 2");
    String message = "vector cannot contain metrics with the same labelset";
    assertThatThrownBy(() -> queries.at(0, "-{x=\"1\"}")).hasMessage(message);
    assertThatThrownBy(() -> queries.at(0, "{x=\"1\"} * 2")).hasMessage(message);
    assertThatThrownBy(
            () -> queries.at(0, "label_replace({x=\"1\"}, \"__name__\", \"c\", \"\", \"\")"))
        .hasMessage(message);
  }

  @Test
  void ordersTheBestFirst() throws Exception {
    queries.load(MINUTE, "a{x=\"1\"} 1", "a{x=\"2\"} NaN", "a{x=\"3\"} 3", "a{x=\"4\"} 2");
    assertThat(queries.at(0, "topk(3, a)"))
        .containsExactly("a{x=\"3\"} 3.0@0", "a{x=\"4\"} 2.0@0", "a{x=\"1\"} 1.0@0");
    assertThat(queries.at(0, "bottomk(2, a)"))
        .containsExactly("a{x=\"1\"} 1.0@0", "a{x=\"4\"} 2.0@0");
    assertThat(queries.at(0, "sort_desc(a)").get(3)).isEqualTo("a{x=\"2\"} NaN@0");
  }

  @Test
  void addsExactlyWhatRoundingWouldLose() throws Exception {
    queries.load(MINUTE, "a{x=\"1\"} 1e100", "a{x=\"2\"} 1", "a{x=\"3\"} -1e100");
    assertThat(queries.at(0, "sum(a)")).containsExactly("{} 1.0@0");
    queries.load(MINUTE, "h{x=\"1\"} 1e308", "h{x=\"2\"} 1e308", "h{x=\"3\"} 1e308");
    assertThat(queries.at(0, "avg(h)")).containsExactly("{} 1.0E308@0");
    assertThat(queries.at(0, "sum(h)")).containsExactly("{} Infinity@0");
  }
}
