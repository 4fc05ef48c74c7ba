package io.narthex.rules.groups.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.access.Access;
import io.narthex.api.access.QueryLimits;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.plugin.Current;
import io.narthex.api.web.FakeRequest;
import io.narthex.kernel.config.RecordFiles;
import io.narthex.rules.groups.eval.Fixture;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AlertHistoryTest {
  @TempDir private Path directory;

  private AlertHistory history(int most) {
    AlertHistory history = new AlertHistory(directory, most, new RecordFiles());
    history.open();
    return history;
  }

  private static void change(AlertHistory history, int i) {
    history.changed(
        "/etc/a;b.yml",
        "g",
        "A" + i % 3,
        Labels.of("alertname", "A" + i % 3, "job", "j\"\n" + i),
        "pending",
        i % 2 == 0 ? "firing" : "inactive",
        i * 1_000_000_000L,
        i / 2.0);
  }

  private static List<String> alerts(AlertHistory history, int limit) {
    return history.latest(change -> true, limit).stream()
        .map(change -> change.time() / 1000 + change.alert())
        .toList();
  }

  @Test
  void keepsTheLatestChanges() {
    AlertHistory history = history(3);
    for (int i = 1; i <= 5; i++) {
      change(history, i);
    }
    assertThat(alerts(history, 10)).containsExactly("5A2", "4A1", "3A0");
    assertThat(alerts(history, 2)).containsExactly("5A2", "4A1");
    history.flush();
  }

  @Test
  void isThereAfterARestart() {
    AlertHistory history = history(100);
    change(history, 1);
    change(history, 2);
    history.flush();
    AlertHistory again = history(100);
    change(again, 3);
    assertThat(again.latest(c -> true, 9).subList(1, 3)).isEqualTo(history.latest(c -> true, 9));
    AlertChange first = again.latest(c -> c.time() == 1000, 9).getFirst();
    assertThat(first)
        .isEqualTo(
            new AlertChange(
                1000,
                "/etc/a;b.yml",
                "g",
                "A1",
                Labels.of("alertname", "A1", "job", "j\"\n1").toMap(),
                "pending",
                "inactive",
                "0.5"));
    again.flush();
  }

  @Test
  void survivesTornAndDamagedLines() throws Exception {
    AlertHistory history = history(100);
    change(history, 1);
    history.flush();
    Path file = directory.resolve("alerts.jsonl");
    Files.writeString(file, Files.readString(file) + "nonsense\n{\"time\":1000,\"fi");
    AlertHistory again = history(100);
    assertThat(alerts(again, 9)).containsExactly("1A1");
    change(again, 2);
    again.flush();
    assertThat(alerts(history(100), 9)).containsExactly("2A2", "1A1");
  }

  @Test
  void takesNoMoreThanItsPlaceOnDisk() throws Exception {
    AlertHistory history = history(40);
    for (int i = 1; i <= 1000; i++) {
      change(history, i);
      if (i % 10 == 0) {
        history.flush();
      }
    }
    history.flush();
    long size =
        Files.size(directory.resolve("alerts.jsonl"))
            + Files.size(directory.resolve("alerts.old.jsonl"));
    assertThat(size).isLessThanOrEqualTo(40 * 512);
    List<String> kept = alerts(history(40), 100);
    assertThat(kept).hasSizeGreaterThanOrEqualTo(20).startsWith("1000A1", "999A0");
  }

  private static void large(AlertHistory history, int i, int length) {
    Labels labels = Labels.of("alertname", "A", "text", "x".repeat(length));
    history.changed("f", "g", "A" + i, labels, "pending", "firing", i * 1_000_000_000L, 1);
  }

  @Test
  void takesNoMoreThanItsPlaceInMemoryAndOnDiskWhateverTheLabels() throws Exception {
    AlertHistory history = history(40);
    for (int i = 1; i <= 40; i++) {
      large(history, i, 4000);
    }
    // 40 times 1,024 characters.
    assertThat(alerts(history, 100)).hasSize(10).startsWith("40A40", "39A39");
    large(history, 41, 11 << 10);
    history.flush();
    large(history, 42, 50 << 10);
    assertThat(alerts(history, 100)).isEmpty();
    history.flush();
    assertThat(Files.size(directory.resolve("alerts.jsonl"))).isLessThanOrEqualTo(40 * 512 / 2);
    change(history, 43);
    history.flush();
    assertThat(alerts(history(40), 100)).contains("43A1").doesNotContain("42A42", "41A41");
  }

  @Test
  void readsTheEndOfAFileThatSomebodyElseMadeHuge() throws Exception {
    AlertHistory history = history(40);
    change(history, 1);
    history.flush();
    Path file = directory.resolve("alerts.jsonl");
    String line = Files.readString(file);
    try (RandomAccessFile huge = new RandomAccessFile(file.toFile(), "rw")) {
      // More than an array has room for; it takes no place on disk.
      huge.setLength(5L << 30);
      huge.seek(huge.length() - line.length() - 1);
      huge.write(("\n" + line).getBytes(StandardCharsets.UTF_8));
    }
    AlertHistory again = history(40);
    assertThat(alerts(again, 9)).containsExactly("1A1");
    change(again, 2);
    again.flush();
    assertThat(Files.size(file)).isLessThan(1000);
    Files.delete(directory.resolve("alerts.old.jsonl"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "null",
        "[]",
        "{\"time\":null,\"labels\":null,\"value\":null}",
        "{\"labels\":{\"a\":null,\"\":\"x\"}}",
        "{\"labels\":{\"a\":\"1\",\"a\":\"2\"}}",
        "{\"time\":9223372036854775807}",
        "{\"time\":1e400}",
        "\u0000",
        "{\"alert\":\"\\ud800\"}"
      })
  void isNotHarmedByLinesThatItNeverWrote(String line) throws Exception {
    Files.writeString(directory.resolve("alerts.jsonl"), line + "\n" + "[".repeat(100_000) + "\n");
    AlertHistory history = history(40);
    change(history, 1);
    history.flush();
    assertThat(alerts(history, 1)).containsExactly("1A1");
    assertThat(get(history, Access.FULL)).contains("\"status\":\"success\"");
  }

  @Test
  void goesOnInMemoryWhereTheDiskRefuses() throws Exception {
    Path taken = directory.resolve("taken");
    Files.writeString(taken, "a file");
    AlertHistory history = new AlertHistory(taken, 10, new RecordFiles());
    history.open();
    change(history, 1);
    history.flush();
    assertThat(alerts(history, 9)).containsExactly("1A1");
  }

  private String get(AlertHistory history, Access access, String... parameters) throws Exception {
    try (Fixture fixture = new Fixture()) {
      FakeRequest request = FakeRequest.get("/api/v1/alerts/history").withAccess(access);
      for (int i = 0; i < parameters.length; i += 2) {
        request = request.with(parameters[i], parameters[i + 1]);
      }
      HistoryRoutes routes = new HistoryRoutes(history, Current.of(fixture.engine));
      return request.send(routes.routes()).text();
    }
  }

  @Test
  void answersWithWhatWasAskedFor() throws Exception {
    AlertHistory history = history(100);
    for (int i = 1; i <= 4; i++) {
      change(history, i);
    }
    assertThat(
            get(
                history,
                Access.FULL,
                "start",
                "2",
                "end",
                "1970-01-01T00:00:03Z",
                "state",
                "inactive"))
        .isEqualTo(
            "{\"status\":\"success\",\"data\":{\"changes\":[{\"time\":3000,"
                + "\"file\":\"/etc/a;b.yml\",\"group\":\"g\",\"alert\":\"A0\",\"labels\":"
                + "{\"alertname\":\"A0\",\"job\":\"j\\\"\\n3\"},\"from\":\"pending\","
                + "\"to\":\"inactive\",\"value\":\"1.5\"}]}}");
    assertThat(get(history, Access.FULL, "alert[]", "A2")).contains("\"time\":2000,");
    assertThat(get(history, Access.FULL, "match[]", "{job=~\".*4\"}"))
        .contains("\"time\":4000,")
        .doesNotContain("\"time\":2000,");
    assertThat(get(history, Access.FULL, "rule_group[]", "other")).contains("[]");
    assertThat(get(history, Access.FULL, "limit", "1"))
        .contains("\"time\":4000,")
        .doesNotContain("\"time\":3000,");
    assertThat(get(history, Access.FULL, "limit", "0")).contains("bad_data");
    assertThat(get(history, Access.FULL, "start", "x"))
        .contains("cannot parse \\\"x\\\" to a valid timestamp");
    assertThat(get(history, Access.FULL, "start", "2", "end", "1")).contains("bad_data");
    assertThat(get(history, Access.FULL, "state", "resolved"))
        .contains("not supported value \\\"resolved\\\", want one of inactive, pending, firing");
    Access some =
        new Access("bob", List.of(List.of(Matcher.equal("alertname", "A1"))), QueryLimits.NONE);
    assertThat(get(history, some))
        .contains("\"time\":1000,")
        .contains("\"time\":4000,")
        .doesNotContain("\"time\":3000,");
  }

  @Test
  void whoSeesAPartIsToldNeitherWhatARuleMadeOfHiddenSeriesNorWhereItStands() throws Exception {
    AlertHistory history = history(100);
    change(history, 1);
    Access some =
        new Access("bob", List.of(List.of(Matcher.equal("alertname", "A1"))), QueryLimits.NONE);
    assertThat(get(history, some, "alert[]", "A1", "match[]", "{job=~\"j.*\"}"))
        .isEqualTo(
            "{\"status\":\"success\",\"data\":{\"changes\":[{\"time\":1000,"
                + "\"file\":\"\",\"group\":\"\",\"alert\":\"A1\",\"labels\":"
                + "{\"alertname\":\"A1\",\"job\":\"j\\\"\\n1\"},\"from\":\"pending\","
                + "\"to\":\"inactive\",\"value\":\"NaN\"}]}}");
    // Nor can it be guessed.
    assertThat(get(history, some, "rule_group[]", "g")).contains("[]");
    assertThat(get(history, some, "file[]", "/etc/a;b.yml")).contains("[]");
  }
}
