package io.narthex.storage.tsdb.command;

import io.narthex.api.command.Flags;
import io.narthex.api.command.Invocation;
import io.narthex.api.command.WrongCall;
import io.narthex.api.format.FloatText;
import io.narthex.api.model.HistogramText;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.Quoting;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.ReadOnlyTsdb;
import io.narthex.storage.tsdb.block.Block;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.file.RealDisk;
import io.narthex.storage.tsdb.select.MergedQuerier;
import io.narthex.storage.tsdb.select.Part;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Goes through a data directory, series by series in the order of labels, and prints. */
final class Dump {
  static final String FLAGS =
      """
            --min-time=MILLISECONDS   first time, inclusive; default all
            --max-time=MILLISECONDS   last time, inclusive; default all
            --match=SELECTOR          which series, default all; may be repeated: any of them
            --sandbox-dir-root=DIR    where a folder for chunks of the log's replay is made, and removed;
                                default the data directory
      """;

  /** Which series are shown where nobody says. */
  private static final String ALL = "{__name__=~'(?s:.*)'}";

  private static final int FLUSH = 1 << 16;

  /** How a series is printed. */
  interface Format {
    /** Appends the series' samples, or nothing. */
    void series(Labels labels, SampleReader reader, SampleBatch batch, Output out)
        throws StorageException;

    /** What stands at the end. */
    default String end() {
      return "";
    }
  }

  /** Text on its way out. */
  static final class Output {
    final StringBuilder text = new StringBuilder();
    private final PrintStream out;

    Output(PrintStream out) {
      this.out = out;
    }

    /** To be called now and then. */
    void flush(boolean all) {
      if (all || text.length() >= FLUSH) {
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        out.write(bytes, 0, bytes.length);
        text.setLength(0);
      }
    }
  }

  private Dump() {}

  static Flags.Syntax syntax() {
    return new Flags.Syntax()
        .value("min-time")
        .value("max-time")
        .values("match")
        .value("sandbox-dir-root")
        .optional("db path");
  }

  static int run(Flags flags, Invocation call, Format format)
      throws IOException, InterruptedException, WrongCall {
    long from = flags.number("min-time", Long.MIN_VALUE);
    long to = flags.number("max-time", Long.MAX_VALUE);
    List<List<Matcher>> selectors = new ArrayList<>();
    List<String> given = flags.values("match");
    for (String text : given.isEmpty() ? List.of(ALL) : given) {
      try {
        selectors.add(Selector.parse(text));
      } catch (WrongCall e) {
        call.err().println(e.getMessage());
        return 1;
      }
    }
    String path = flags.argument(0, TsdbCommand.DEFAULT_PATH);
    Disk disk = new RealDisk();
    Path directory = call.workingDirectory().resolve(path);
    String root = flags.value("sandbox-dir-root", "");
    try (DataDirectory data = new DataDirectory(disk, directory, path)) {
      Output out = new Output(call.out());
      if (hasLog(disk, directory)) {
        Path sandbox = (root.isEmpty() ? directory : call.workingDirectory().resolve(root));
        sandbox = sandbox.resolve("tmp_dbro_sandbox" + ProcessHandle.current().pid());
        try (ReadOnlyTsdb database = ReadOnlyTsdb.open(disk, directory, sandbox);
            Querier querier = database.querier(from, to)) {
          print(querier, from, to, selectors, format, out);
        } finally {
          // What came before a failure is printed, too.
          out.flush(true);
        }
      } else {
        List<Part> parts = new ArrayList<>();
        for (Block block : data.blocks()) {
          if (block.meta().overlaps(from, to)) {
            parts.add(block.part(from, to));
          }
        }
        try (Querier querier = new MergedQuerier(parts, from, to)) {
          print(querier, from, to, selectors, format, out);
        } finally {
          out.flush(true);
        }
      }
      call.out().print(format.end());
      call.out().flush();
      return call.out().checkError() ? 1 : 0;
    } catch (StorageException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** Whether there are samples beside the blocks. */
  private static boolean hasLog(Disk disk, Path directory) throws IOException {
    return disk.size(directory.resolve("wal")) > 0 || disk.size(directory.resolve("wbl")) > 0;
  }

  private static void print(
      Querier querier, long from, long to, List<List<Matcher>> selectors, Format format, Output out)
      throws StorageException {
    List<SeriesSet> sets = new ArrayList<>();
    try {
      for (List<Matcher> matchers : selectors) {
        sets.add(querier.select(SelectRequest.range(from, to), matchers));
      }
      int[] next = new int[sets.size()];
      Labels[] labels = new Labels[sets.size()];
      SampleReader[] readers = new SampleReader[sets.size()];
      SampleBatch batch = new SampleBatch(512);
      for (int i = 0; i < labels.length; i++) {
        advance(sets, next, labels, i);
      }
      while (true) {
        int first = -1;
        for (int i = 0; i < labels.length; i++) {
          if (labels[i] != null && (first < 0 || labels[i].compareTo(labels[first]) < 0)) {
            first = i;
          }
        }
        if (first < 0) {
          return;
        }
        Labels current = labels[first];
        readers[first] = sets.get(first).samples(next[first] - 1, readers[first]);
        format.series(current, readers[first], batch, out);
        out.flush(false);
        // A series that several selectors give is printed once.
        for (int i = 0; i < labels.length; i++) {
          if (labels[i] != null && labels[i].equals(current)) {
            advance(sets, next, labels, i);
          }
        }
      }
    } finally {
      sets.forEach(SeriesSet::close);
    }
  }

  @SuppressWarnings("NullAway") // The end of a set is marked by null.
  private static void advance(List<SeriesSet> sets, int[] next, Labels[] labels, int i) {
    labels[i] = next[i] < sets.get(i).size() ? sets.get(i).labels(next[i]++) : null;
  }

  /** {@code {labels} value time}, a line for each sample. */
  static final class Text implements Format {
    @Override
    public void series(Labels labels, SampleReader reader, SampleBatch batch, Output out)
        throws StorageException {
      String prefix = labels + " ";
      int n;
      while ((n = reader.read(batch)) > 0) {
        for (int i = 0; i < n; i++) {
          out.text.append(prefix);
          if (batch.kind == SampleBatch.Kind.FLOAT) {
            FloatText.append(batch.values[i], out.text);
          } else {
            NativeHistogram histogram = Objects.requireNonNull(batch.histograms[i]);
            out.text.append(HistogramText.ofStored(histogram));
          }
          out.text.append(' ').append(batch.timestamps[i]).append('\n');
        }
        out.flush(false);
      }
    }
  }

  /** OpenMetrics text with times. */
  static final class OpenMetrics implements Format {
    @Override
    public void series(Labels labels, SampleReader reader, SampleBatch batch, Output out)
        throws StorageException {
      String prefix = name(labels);
      int n;
      while ((n = reader.read(batch)) > 0) {
        if (batch.kind != SampleBatch.Kind.FLOAT) {
          continue;
        }
        for (int i = 0; i < n; i++) {
          if (Double.doubleToRawLongBits(batch.values[i]) != StaleMarker.BITS) {
            out.text.append(prefix).append(' ');
            FloatText.append(batch.values[i], out.text);
            out.text.append(' ');
            seconds(batch.timestamps[i], out.text);
            out.text.append('\n');
          }
        }
        out.flush(false);
      }
    }

    /** The series; names that need quotes have them, so that the text can be read again. */
    private static String name(Labels labels) {
      String metric = labels.metricName();
      boolean plain = LabelNames.isLegacyMetric(metric);
      StringBuilder out = new StringBuilder(plain ? metric : "");
      out.append('{');
      boolean first = true;
      if (!plain && !metric.isEmpty()) {
        quote(metric, out);
        first = false;
      }
      for (int i = 0; i < labels.size(); i++) {
        String name = labels.name(i);
        if (name.equals(LabelNames.METRIC_NAME)) {
          continue;
        }
        out.append(first ? "" : ",");
        first = false;
        if (LabelNames.isLegacy(name)) {
          out.append(name);
        } else {
          quote(name, out);
        }
        quote(labels.value(i), out.append('='));
      }
      return out.append('}').toString();
    }

    /** OpenMetrics knows three escapes. */
    private static void quote(String text, StringBuilder out) {
      out.append('"');
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        switch (c) {
          case '"' -> out.append("\\\"");
          case '\\' -> out.append("\\\\");
          case '\n' -> out.append("\\n");
          default -> out.append(c);
        }
      }
      out.append('"');
    }

    private static void seconds(long millis, StringBuilder out) {
      if (millis < 0) {
        out.append('-');
      }
      long whole = Math.abs(millis / 1000);
      int rest = (int) Math.abs(millis % 1000);
      out.append(whole).append('.').append((char) ('0' + rest / 100));
      out.append((char) ('0' + rest / 10 % 10)).append((char) ('0' + rest % 10));
    }

    @Override
    public String end() {
      return "# EOF\n";
    }
  }

  /** The labels of each series as a JSON object, as Go writes it. */
  static final class SeriesJson implements Format {
    @Override
    public void series(Labels labels, SampleReader reader, SampleBatch batch, Output out) {
      out.text.append('{');
      for (int i = 0; i < labels.size(); i++) {
        out.text.append(i > 0 ? "," : "");
        Quoting.json(labels.name(i), out.text);
        out.text.append(':');
        Quoting.json(labels.value(i), out.text);
      }
      out.text.append("}\n");
    }
  }
}
