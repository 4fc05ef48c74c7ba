package io.narthex.storage.tsdb.command;

import io.narthex.api.command.Flags;
import io.narthex.api.command.GoDuration;
import io.narthex.api.command.Invocation;
import io.narthex.storage.tsdb.block.UlidGenerator;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.file.RealDisk;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.pf4j.Extension;

/** {@code promtool tsdb create-blocks-from openmetrics}. */
@Extension
public final class CreateBlocksCommand extends TsdbCommand {
  private static final long TWO_HOURS = 2 * 60 * 60 * 1000L;
  private static final String SOURCE = "openmetrics";

  /** Bytes read at once. */
  private static final int READ = 256 << 10;

  /** Bytes of finished chunks in memory: some 60 million samples. */
  private static final long MEMORY = 96L << 20;

  public CreateBlocksCommand() {}

  @Override
  public List<String> path() {
    return words("tsdb", "create-blocks-from");
  }

  @Override
  public String summary() {
    return "Imports samples from OpenMetrics text and makes TSDB blocks of them.";
  }

  @Override
  public String help() {
    return """
    Usage: promtool tsdb create-blocks-from openmetrics [flags] <input file> [<output directory>]

    Flags:
      -r, --human-readable       times and sizes as people read them
      -q, --quiet                do not print the blocks that were made, nor progress
          --label=NAME=VALUE     label to attach to all series; may be repeated
          --max-block-duration=DURATION
                                 the most that a block may span, from 2h on; default 2h

    Arguments:
      <input file>          OpenMetrics text to read; may be a pipe
      <output directory>    where the blocks go, default data/

    Of recording rules: promtool tsdb create-blocks-from rules --help\
    """;
  }

  @Override
  protected Flags.Syntax syntax() {
    return new Flags.Syntax()
        .toggle("human-readable", 'r')
        .toggle("quiet", 'q')
        .values("label")
        .value("max-block-duration")
        .optional("source")
        .optional("input file")
        .optional("output directory");
  }

  @Override
  protected int run(Flags flags, Invocation call) throws Exception {
    String source = flags.argument(0, "");
    if (source.isEmpty()) {
      return wrong(call, "must select a subcommand of 'tsdb create-blocks-from'");
    }
    if (!source.equals(SOURCE)) {
      return wrong(call, "expected command but got \"" + source + "\"");
    }
    if (flags.argument(1, "").isEmpty()) {
      return wrong(call, "required argument 'input file' not provided");
    }
    Path input = call.workingDirectory().resolve(flags.argument(1, ""));
    Path output = call.workingDirectory().resolve(flags.argument(2, DEFAULT_PATH));
    Map<String, String> labels = flags.pairs("label");
    if (labels.containsKey("")) {
      return wrong(call, "expected KEY=VALUE got '=" + labels.get("") + "'");
    }
    long duration =
        blockDuration(GoDuration.parse(flags.value("max-block-duration", "0")) / 1_000_000);
    boolean quiet = flags.on("quiet");
    try {
      backfill(
          new RealDisk(), input, output, duration, labels, quiet, flags.on("human-readable"), call);
      return 0;
    } catch (OpenMetricsException e) {
      call.err().println("getting min and max timestamp: " + e.getMessage());
    } catch (BackfillException e) {
      call.err().println("block creation: process blocks: add sample: " + e.getMessage());
    }
    return 1;
  }

  /** The longest of the durations that compaction makes which is not longer than asked for. */
  static long blockDuration(long wanted) {
    long duration = TWO_HOURS;
    for (int i = 1; i < 10 && 3 * duration <= wanted; i++) {
      duration *= 3;
    }
    return duration;
  }

  private static void backfill(
      Disk disk,
      Path input,
      Path output,
      long duration,
      Map<String, String> labels,
      boolean quiet,
      boolean humanReadable,
      Invocation call)
      throws IOException, OpenMetricsException, BackfillException {
    boolean progress = call.terminal() && !quiet;
    UlidGenerator ids = new UlidGenerator(InstantSource.system(), new SecureRandom());
    SeriesTable table = new SeriesTable(labels);
    try (FileChannel in = FileChannel.open(input)) {
      try {
        Files.createDirectories(output);
      } catch (IOException e) {
        throw new IOException("create output dir: " + message(e), e);
      }
      try (Backfill backfill = new Backfill(disk, output, duration, table, MEMORY, ids::next)) {
        try (ProgressBar bar =
            new ProgressBar(call.err(), progress, InstantSource.system(), "reading", size(input))) {
          OpenMetricsReader reader = new OpenMetricsReader(in, table, READ);
          long shown = 0;
          while (reader.next()) {
            backfill.add(reader.series(), reader.time(), reader.value());
            if (reader.consumed() != shown) {
              shown = reader.consumed();
              bar.at(shown);
            }
          }
        }
        List<String> header = new ArrayList<>();
        backfill.write((meta, at) -> {
          if (!quiet) {
            call.out()
                .print(
                    new BlockTable(header.isEmpty(), humanReadable).add(meta, blockSize(disk, at)));
            header.add("printed");
          }
        });
        if (backfill.dropped() > 0) {
          call.err()
              .println(
                  "dropped samples that came twice, or before an earlier one of their series: "
                      + backfill.dropped());
        }
      }
    }
  }

  /** What upstream counts: not the folder's other files. */
  private static long blockSize(Disk disk, Path block) throws IOException {
    return disk.size(block.resolve("chunks"))
        + disk.size(block.resolve("index"))
        + disk.size(block.resolve("tombstones"))
        + disk.size(block.resolve("meta.json"));
  }

  private static long size(Path input) throws IOException {
    return Files.isRegularFile(input) ? Files.size(input) : 0;
  }
}
