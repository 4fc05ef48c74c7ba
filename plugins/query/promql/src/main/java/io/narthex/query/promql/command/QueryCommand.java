package io.narthex.query.promql.command;

import io.narthex.api.command.FlagCommand;
import io.narthex.api.command.Flags;
import io.narthex.api.command.GoTime;
import io.narthex.api.command.Invocation;
import io.narthex.api.command.ServerConnection;
import io.narthex.api.command.WrongCall;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.http.HttpClients;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the commands of {@code promtool query} have in common: they ask a server. */
abstract class QueryCommand extends FlagCommand {
  static final String FORMAT = "format";
  static final String CONFIG = ServerConnection.CONFIG_FLAG;

  /** Flags that all have, for their {@code --help}. */
  static final String COMMON_FLAGS =
      """
        -o, --format=promql             output format: promql or json
            --http.config.file=FILE     how to reach the server: http_config in YAML\
      """;

  /** Seconds from now to the ends of all time: 9999 hours. */
  private static final BigDecimal LONG = BigDecimal.valueOf(9999L * 3600);

  private final HttpClients clients;
  private final ConfigFiles files;
  private final Clock clock;

  QueryCommand(String summary, String word, HttpClients clients, ConfigFiles files, Clock clock) {
    this(summary, List.of("query", word), clients, files, clock);
  }

  QueryCommand(
      String summary, List<String> path, HttpClients clients, ConfigFiles files, Clock clock) {
    super("promtool", summary, path.toArray(String[]::new));
    this.clients = clients;
    this.files = files;
    this.clock = clock;
  }

  /** A syntax with the flags that all have. */
  static Flags.Syntax common() {
    return new Flags.Syntax().value(FORMAT, 'o').value(CONFIG).values("enable-feature");
  }

  /** Something that could not be done; the message is all that the user is told. */
  static final class Failure extends Exception {
    private static final long serialVersionUID = 1L;

    Failure(String message) {
      super(message);
    }
  }

  /** What is asked, and printed. */
  abstract void ask(Flags flags, Invocation call)
      throws WrongCall, Failure, ApiException, Json.Malformed, IOException, InterruptedException;

  @Override
  protected final int run(Flags flags, Invocation call) throws WrongCall, InterruptedException {
    try {
      ask(flags, call);
      return 0;
    } catch (Failure e) {
      call.err().println(e.getMessage());
    } catch (ApiException e) {
      call.err().println("query error: " + e.text());
    } catch (Json.Malformed e) {
      call.err().println("query error: bad_response: " + e.getMessage());
    } catch (IOException e) {
      call.err().println("query error: " + e.getMessage());
    }
    return 1;
  }

  static Printer printer(Flags flags) throws WrongCall {
    String format = flags.value(FORMAT);
    return switch (format == null ? "promql" : format) {
      case "promql" -> new TextPrinter();
      case "json" -> new JsonPrinter();
      default -> throw new WrongCall("enum value must be one of promql,json, got '" + format + "'");
    };
  }

  /** Prints in UTF-8, whatever the terminal's encoding. */
  static void print(PrintStream out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.write(bytes, 0, bytes.length);
    out.flush();
  }

  /** The server at an address. */
  Server server(String address, Map<String, String> headers, Flags flags, Invocation call)
      throws WrongCall, Failure {
    try {
      return new Server(
          ServerConnection.open(address, flags.value(CONFIG), clients, files, call), headers);
    } catch (IOException e) {
      throw new Failure(String.valueOf(e.getMessage()));
    }
  }

  /** Now, in seconds since the epoch. */
  BigDecimal now() {
    Instant now = clock.instant();
    return BigDecimal.valueOf(now.getEpochSecond()).add(BigDecimal.valueOf(now.getNano(), 9));
  }

  /** The time that a flag gives. */
  static BigDecimal time(@Nullable String text, BigDecimal otherwise, String what) throws Failure {
    if (text == null || text.isEmpty()) {
      return otherwise;
    }
    try {
      return GoTime.parse(text);
    } catch (DateTimeException e) {
      throw new Failure("error parsing " + what + ": " + e.getMessage());
    }
  }

  /** Values of a flag that are {@code KEY=VALUE}, or {@code KEY:VALUE}. */
  static Map<String, String> pairs(Flags flags, String name) throws WrongCall {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String text : flags.values(name)) {
      int at = 0;
      while (at < text.length() && text.charAt(at) != '=' && text.charAt(at) != ':') {
        at++;
      }
      if (at == text.length()) {
        throw new WrongCall("expected KEY=VALUE got '" + text + "'");
      }
      pairs.put(text.substring(0, at), text.substring(at + 1));
    }
    return pairs;
  }

  /** The parameters of commands that look for series: {@code --match}, {@code --start, --end}. */
  final Server.Parameters selection(Flags flags) throws Failure {
    BigDecimal now = now();
    Server.Parameters parameters = new Server.Parameters();
    for (String match : flags.values("match")) {
      parameters.add("match[]", match);
    }
    return parameters
        .add("start", GoText.time(time(flags.value("start"), now.subtract(LONG), "start time")))
        .add("end", GoText.time(time(flags.value("end"), now.add(LONG), "end time")));
  }
}
