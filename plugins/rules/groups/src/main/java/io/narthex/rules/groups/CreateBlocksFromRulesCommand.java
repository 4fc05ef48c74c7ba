package io.narthex.rules.groups;

import io.narthex.api.command.FlagCommand;
import io.narthex.api.command.Flags;
import io.narthex.api.command.GoDuration;
import io.narthex.api.command.GoTime;
import io.narthex.api.command.Invocation;
import io.narthex.api.command.ServerConnection;
import io.narthex.api.command.WrongCall;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.http.HttpClients;
import io.narthex.api.model.NameScheme;
import io.narthex.api.model.Quoting;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.storage.BlockBackfill;
import io.narthex.rules.groups.backfill.RuleBackfill;
import io.narthex.rules.groups.eval.AlertTemplates;
import io.narthex.rules.groups.file.CheckedFile;
import io.narthex.rules.groups.file.GroupDefinition;
import io.narthex.rules.groups.file.RuleFileReader;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.pf4j.Extension;

/** {@code promtool tsdb create-blocks-from rules}. */
@Extension
public final class CreateBlocksFromRulesCommand extends FlagCommand {
  private static final Duration NOT_YET_STORED = Duration.ofHours(3);
  private static final long NANOS = 1_000_000;

  /** Year 1 to year 9999, which is what can be printed. */
  private static final BigDecimal FIRST = BigDecimal.valueOf(-62_135_596_800L);

  private static final BigDecimal LAST = BigDecimal.valueOf(253_402_300_799L);

  private static final DateTimeFormatter RFC822 =
      DateTimeFormatter.ofPattern("dd MMM yy HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter LOG_TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final HttpClients clients;
  private final ConfigFiles files;
  private final Extensions extensions;
  private final Clock clock;

  /** Made by the kernel. */
  @Inject
  public CreateBlocksFromRulesCommand(
      HttpClients clients, ConfigFiles files, Extensions extensions, Clock clock) {
    super(
        "promtool",
        "Makes TSDB blocks of what recording rules would have recorded.",
        "tsdb",
        "create-blocks-from",
        "rules");
    this.clients = clients;
    this.files = files;
    this.extensions = extensions;
    this.clock = clock;
  }

  @Override
  public String help() {
    return """
    Usage: promtool tsdb create-blocks-from rules --start=TIME [flags] <rule-files>...

    Flags:
          --http.config.file=FILE       how to reach the server: http_config in YAML
          --url=http://localhost:9090   the server that has the data
          --start=TIME                  RFC 3339 or seconds; must be given
          --end=TIME                    RFC 3339 or seconds; default 3 hours ago
          --output-dir=data/            where the blocks go
          --eval-interval=60s           of groups that do not say
          --max-block-duration=DURATION the most that a block may span, from 2h on; default 2h
          --enable-feature=...          parts of the expression language that are off otherwise

    Args:
      <rule-files>  files with recording rules; alerting rules are not evaluated\
    """;
  }

  @Override
  protected Flags.Syntax syntax() {
    return new Flags.Syntax()
        .value(ServerConnection.CONFIG_FLAG)
        .value("url")
        .value("start")
        .demand("start")
        .value("end")
        .value("output-dir")
        .value("eval-interval")
        .value("max-block-duration")
        .values("enable-feature")
        // Those of the group of commands, without a meaning here.
        .toggle("human-readable", 'r')
        .toggle("quiet", 'q')
        .required("rule-files")
        .repeated();
  }

  @Override
  protected int run(Flags flags, Invocation call) throws WrongCall, InterruptedException {
    for (String file : flags.arguments()) {
      if (!Files.exists(call.workingDirectory().resolve(file))) {
        throw new WrongCall("path '" + file + "' does not exist");
      }
    }
    long interval = GoDuration.parse(flags.value("eval-interval", "60s"));
    if (interval < NANOS) {
      throw new WrongCall("--eval-interval must be at least 1ms");
    }
    long longest = GoDuration.parse(flags.value("max-block-duration", "0")) / NANOS;
    try (ServerConnection server =
        ServerConnection.open(
            flags.value("url", "http://localhost:9090"),
            flags.value(ServerConnection.CONFIG_FLAG),
            clients,
            files,
            call)) {
      return run(flags, Duration.ofNanos(interval), longest, server, call);
    } catch (DateTimeException | IOException e) {
      call.err().println(e.getMessage());
      return 1;
    }
  }

  private int run(
      Flags flags, Duration interval, long longest, ServerConnection server, Invocation call)
      throws IOException, InterruptedException {
    String asked = flags.value("end", "");
    BigDecimal end =
        asked.isEmpty()
            ? BigDecimal.valueOf(clock.instant().minus(NOT_YET_STORED).getEpochSecond())
            : time(asked, "end");
    BigDecimal start = time(flags.value("start", ""), "start");
    if (start.compareTo(end) >= 0) {
      throw new IOException("start time is not before end time");
    }
    Log log = new Log(call.err(), clock);
    long from = start.setScale(0, RoundingMode.FLOOR).longValueExact();
    long to = end.setScale(0, RoundingMode.FLOOR).longValueExact();
    log.line(
        "INFO",
        "\"new rule importer\" component=backfiller start="
            + Quoting.quote(RFC822.format(Instant.ofEpochSecond(from)))
            + " end="
            + Quoting.quote(RFC822.format(Instant.ofEpochSecond(to))));
    List<GroupDefinition> groups = new ArrayList<>();
    RuleFileReader reader = reader(flags);
    for (String name : flags.arguments()) {
      CheckedFile file = reader.read(call.workingDirectory().resolve(name), name, interval);
      if (!file.errors().isEmpty()) {
        throw new IOException("rule importer parse error: " + file.errors().getFirst());
      }
      groups.addAll(file.groups());
    }
    BlockBackfill blocks =
        extensions
            .first(BlockBackfill.class)
            .orElseThrow(() -> new IOException("no storage is installed that has blocks"));
    RuleBackfill.Outcome outcome =
        new RuleBackfill(
                server,
                blocks,
                call.workingDirectory().resolve(flags.value("output-dir", "data/")),
                log)
            .run(groups, from, to, longest);
    if (outcome.leftOut() > 0) {
      call.err()
          .println(
              "dropped samples of series that have the labels of another one of their rule: "
                  + outcome.leftOut());
    }
    if (outcome.histograms() > 0) {
      call.err()
          .println(
              "dropped native histograms, which cannot be asked for over HTTP: "
                  + outcome.histograms());
    }
    outcome.errors().forEach(error -> call.err().println("rule importer error: " + error));
    if (!outcome.errors().isEmpty()) {
      throw new IOException("error importing rules");
    }
    return 0;
  }

  private static BigDecimal time(String text, String which) {
    BigDecimal time;
    try {
      time = GoTime.parse(text);
    } catch (DateTimeException e) {
      throw new DateTimeException("error parsing " + which + " time: " + e.getMessage(), e);
    }
    if (time.compareTo(FIRST) < 0 || time.compareTo(LAST) > 0) {
      throw new DateTimeException(
          "error parsing " + which + " time: " + Quoting.quote(text) + " is out of range");
    }
    return time;
  }

  private RuleFileReader reader(Flags flags) {
    return new RuleFileReader(
        files,
        new Expressions(
            extensions,
            Set.copyOf(
                flags.values("enable-feature").stream()
                    .flatMap(list -> List.of(list.split(",", -1)).stream())
                    .toList())),
        new AlertTemplates(extensions, Map::of, () -> "")::check,
        NameScheme.UTF8,
        false);
  }

  /** How it goes, as promtool logs it. */
  private record Log(PrintStream err, Clock clock) implements RuleBackfill.Listener {
    void line(String level, String message) {
      err.println(
          "time=" + LOG_TIME.format(clock.instant()) + " level=" + level + " msg=" + message);
    }

    @Override
    public void group(String key) {
      line("INFO", "\"processing group\" component=backfiller name=" + value(key));
    }

    @Override
    public void rule(int number, String name) {
      line(
          "INFO", "\"processing rule\" component=backfiller id=" + number + " name=" + value(name));
    }

    @Override
    public void warned(List<String> warnings) {
      line(
          "WARN",
          "\"Range query returned warnings.\" warnings="
              + Quoting.quote("[" + String.join(" ", warnings) + "]"));
    }

    private static String value(String text) {
      return text.chars().allMatch(c -> c > ' ' && c != '"' && c != '=' && c < 0x7f)
          ? text
          : Quoting.quote(text);
    }
  }
}
