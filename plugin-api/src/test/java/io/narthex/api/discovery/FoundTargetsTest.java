package io.narthex.api.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Labels;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FoundTargetsTest {
  private final List<String> events = new ArrayList<>();
  private final FoundTargets targets =
      new FoundTargets(
          new TargetSink() {
            @Override
            public void update(List<TargetGroup> groups) {
              events.add(
                  "update "
                      + groups.stream().map(g -> g.source() + "=" + g.targets().size()).toList());
            }

            @Override
            public void failing(String reason) {
              events.add("failing " + reason);
            }
          });

  private static TargetGroup group(String source, String address) {
    return new TargetGroup(source, List.of(Labels.of("__address__", address)), Labels.empty());
  }

  @Test
  void sendsWhatIsNewOtherOrGone() {
    targets.found(List.of(group("a", "1"), group("b", "1"), group("c", "1")));
    targets.found(List.of(group("a", "1"), group("b", "2"), group("d", "1")));
    targets.found(List.of(group("a", "1"), group("b", "2"), group("d", "1")));
    assertThat(events).containsExactly("update [a=1, b=1, c=1]", "update [b=1, d=1, c=0]");
  }

  @Test
  void whatFailsFromTheBeginningIsNoUpdate() {
    targets.found(List.of(), "no answer");
    targets.found(List.of(), "no answer");
    targets.found(List.of());
    assertThat(events).containsExactly("failing no answer", "failing no answer", "update []");
  }

  @Test
  void aPartThatFailsDoesNotKeepTheOthersBack() {
    targets.found(List.of(group("a", "1"), group("b", "1")));
    targets.found(List.of(group("a", "2"), group("b", "1")), "b is broken");
    targets.found(List.of(group("a", "2"), group("b", "1")), "b is broken");
    targets.found(List.of(group("a", "2"), group("b", "1")));
    targets.failing("all is broken");
    targets.found(List.of(group("a", "2")));
    assertThat(events)
        .containsExactly(
            "update [a=1, b=1]",
            "update [a=1]",
            "failing b is broken",
            "failing b is broken",
            "update []",
            "failing all is broken",
            "update [b=0]");
  }

  @Test
  void newsOfASourceThatStillFailsIsNoAllClear() {
    List<String> heard = new ArrayList<>();
    FoundTargets partly =
        new FoundTargets(
            new TargetSink() {
              @Override
              public void update(List<TargetGroup> groups) {
                heard.add("all clear");
              }

              @Override
              public void updatePartly(List<TargetGroup> groups, List<String> reasons) {
                heard.add(groups.size() + " groups, still " + reasons);
              }

              @Override
              public void failing(String reason) {
                heard.add("failing " + reason);
              }
            });
    partly.found(List.of(group("a", "1")), List.of("b is broken"));
    partly.found(List.of(group("a", "2")), List.of("b is broken", "c is broken"));
    partly.found(List.of(group("a", "2")), List.of("c is broken"));
    partly.found(List.of(group("a", "2")));
    assertThat(heard)
        .containsExactly(
            "1 groups, still [b is broken]",
            "1 groups, still [b is broken, c is broken]",
            "failing c is broken",
            "all clear");
  }
}
