package io.narthex.format.prometheustext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.format.ExpositionBatch;
import io.narthex.api.format.ExpositionBatch.Family;
import io.narthex.api.format.ExpositionException;
import io.narthex.api.format.ExpositionOptions;
import io.narthex.api.format.ExpositionReader;
import io.narthex.api.model.Labels;
import io.narthex.api.model.MetricType;
import io.narthex.api.model.StaleMarker;
import io.narthex.format.prometheustext.Expositions.Exposition;
import io.narthex.format.prometheustext.Expositions.Sample;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TextReaderTest {
  private static final Path CORPUS =
      Stream.iterate(Path.of("").toAbsolutePath(), p -> p != null, Path::getParent)
          .map(p -> p.resolveSibling("shared").resolve("conformance/exposition/textparse"))
          .filter(Files::isDirectory)
          .findFirst()
          .orElse(Path.of("absent"));

  @Test
  void readsSamplesWithAndWithoutLabelsAndTimestamps() throws Exception {
    Exposition e =
        Expositions.read(
            """
            go_gc{quantile="0.25",} 7.424100000000001e-05
            go_gc { quantile = "0.8" , a = "b" } 8.3835e-05
            go_gc{quantile="0.9"a="b"} 1
            go_count 99
            some:aggregate:rate5m{a_b="c"}\t1
              indented 5
            goroutines 33  \t123123
            _under{_u="foo"} -1
            esc{label="\\"bar\\" \\\\ \\n \\x"} +Inf
            empty{} 2
            brace{a="}{,=#"} 3
            line{a="one
            two"} 4
            nospace{a="b"}5

            last NaN\
            """);
    assertThat(e.samples())
        .containsExactly(
            new Sample(
                "go_gc{quantile=\"0.25\",}",
                Labels.of("__name__", "go_gc", "quantile", "0.25"),
                7.424100000000001e-05,
                null),
            new Sample(
                "go_gc { quantile = \"0.8\" , a = \"b\" }",
                Labels.of("__name__", "go_gc", "quantile", "0.8", "a", "b"),
                8.3835e-05,
                null),
            new Sample(
                "go_gc{quantile=\"0.9\"a=\"b\"}",
                Labels.of("__name__", "go_gc", "quantile", "0.9", "a", "b"),
                1,
                null),
            new Sample("go_count", Labels.of("__name__", "go_count"), 99, null),
            new Sample(
                "some:aggregate:rate5m{a_b=\"c\"}",
                Labels.of("__name__", "some:aggregate:rate5m", "a_b", "c"),
                1,
                null),
            new Sample("indented", Labels.of("__name__", "indented"), 5, null),
            new Sample("goroutines", Labels.of("__name__", "goroutines"), 33, 123123L),
            new Sample(
                "_under{_u=\"foo\"}", Labels.of("__name__", "_under", "_u", "foo"), -1, null),
            new Sample(
                "esc{label=\"\\\"bar\\\" \\\\ \\n \\x\"}",
                Labels.of("__name__", "esc", "label", "\"bar\" \\ \n \\x"),
                Double.POSITIVE_INFINITY,
                null),
            new Sample("empty{}", Labels.of("__name__", "empty"), 2, null),
            new Sample("brace{a=\"}{,=#\"}", Labels.of("__name__", "brace", "a", "}{,=#"), 3, null),
            new Sample(
                "line{a=\"one\ntwo\"}", Labels.of("__name__", "line", "a", "one\ntwo"), 4, null),
            new Sample("nospace{a=\"b\"}", Labels.of("__name__", "nospace", "a", "b"), 5, null),
            new Sample("last", Labels.of("__name__", "last"), Double.NaN, null));
    assertThat(Double.doubleToRawLongBits(e.samples().getLast().value()))
        .isEqualTo(StaleMarker.NORMAL_NAN_BITS);
  }

  @Test
  void readsQuotedNames() throws Exception {
    Exposition e =
        Expositions.read(
            """
            # HELP "http.status" help
            # TYPE "http.status" counter
            {"http.status",q="0.9",a="b"} 8.3835e-05
            {q="0.9","http.status",a="b"} 1
            {"http.status",} 2
            {"http.status","label.\\"x\\""="y"} 3
            """);
    assertThat(e.samples().stream().map(Sample::labels))
        .containsExactly(
            Labels.of("__name__", "http.status", "q", "0.9", "a", "b"),
            Labels.of("__name__", "http.status", "q", "0.9", "a", "b"),
            Labels.of("__name__", "http.status"),
            Labels.of("__name__", "http.status", "label.\"x\"", "y"));
    assertThat(e.families())
        .containsExactly(new Family("http.status", MetricType.COUNTER, "help", null));
  }

  @Test
  void namesInQuotesMayGoOverLines() throws Exception {
    Exposition e =
        Expositions.read("# TYPE \"a\n# TYPE b\" gauge\n{\"a\n# TYPE b\",\"c\nd\"=\"\"} 1\n");
    assertThat(e.families())
        .containsExactly(new Family("a\n# TYPE b", MetricType.GAUGE, null, null));
    assertThat(e.samples().get(0).labels().metricName()).isEqualTo("a\n# TYPE b");
  }

  @Test
  void tellsEmptyLabels() throws Exception {
    byte[] data = "a{x=\"\",y=\"1\",\"z.z\"=\"\"} 1".getBytes(StandardCharsets.UTF_8);
    TextReader reader = new TextReader(data, data.length, ExpositionOptions.DEFAULT);
    ExpositionBatch batch = new ExpositionBatch(1);
    assertThat(reader.read(batch)).isEqualTo(1);
    assertThat(reader.emptyLabels(batch, 0)).containsExactly("x", "z.z");
  }

  @Test
  void readsANumberBehindANameAsPrometheusDoes() throws Exception {
    Exposition e = Expositions.read("a-5 1\nb+Inf\nc.5\n");
    assertThat(e.samples())
        .containsExactly(
            new Sample("a", Labels.of("__name__", "a"), -5, 1L),
            new Sample("b", Labels.of("__name__", "b"), Double.POSITIVE_INFINITY, null),
            new Sample("c", Labels.of("__name__", "c"), 0.5, null));
  }

  @Test
  void keepsMetadataInOrder() throws Exception {
    Exposition e =
        Expositions.read(
            """
            # HELP a A summary \\\\ of \\n it \\" all.
            # TYPE a summary
            a 1
            # Hrandom comment starting with prefix of HELP
            #
            #HELP not this
            # HELP
            # TYPE\tb\tgauge
            b 1
            # HELP nohelp1
            # HELP nohelp2 \t
            # HELP spaced   two
            # TYPE c untyped
            c 1
            # HELP c at last\
            """);
    assertThat(e.families())
        .containsExactly(
            new Family("a", MetricType.SUMMARY, "A summary \\ of \n it \\\" all.", null),
            new Family("b", MetricType.GAUGE, null, null),
            new Family("nohelp1", null, "", null),
            new Family("nohelp2", null, "", null),
            new Family("spaced", null, "  two", null),
            new Family("c", MetricType.UNKNOWN, null, null),
            new Family("c", null, "at last", null));
  }

  @Test
  void tellsWhichFamilyASampleFollows() throws Exception {
    byte[] data =
        "x 0\n# TYPE a counter\na 1\n# TYPE b gauge\nb 1\n".getBytes(StandardCharsets.UTF_8);
    PrometheusTextFormat format = new PrometheusTextFormat();
    ExpositionReader reader =
        format.open(format.protocols().get(1), data, data.length, ExpositionOptions.DEFAULT);
    ExpositionBatch batch = new ExpositionBatch(10);
    assertThat(reader.read(batch)).isEqualTo(3);
    assertThat(batch.familyIndexes).startsWith(-1, 0, 1);
    assertThat(reader.read(batch)).isZero();
    assertThat(reader.exemplars(batch, 0)).isEmpty();
  }

  @Test
  void bringsBucketBoundsAndQuantilesToOneForm() throws Exception {
    Exposition e =
        Expositions.read(
            """
            # TYPE h histogram
            h_bucket{le="1"} 1
            h_bucket{le="0.50"} 1
            h_bucket{le="1048576"} 1
            h_bucket{le="+inf"} 1
            h_bucket{le="x"} 1
            h_bucket{quantile="1"} 1
            # TYPE s summary
            s{quantile="0"} 1
            s{le="1"} 1
            # TYPE g gauge
            g{le="1"} 1
            """);
    assertThat(e.samples().stream().map(s -> s.labels().get("le") + s.labels().get("quantile")))
        .containsExactly("1.0", "0.5", "1.048576e+06", "+Inf", "x", "1", "0.0", "1", "1");
  }

  @Test
  void addsTypesWhereAsked() throws Exception {
    ExpositionOptions options = new ExpositionOptions(false, false, true, false);
    byte[] data =
        ("# TYPE a counter\na_total 1\nother 1\n# TYPE u untyped\nu{__type__=\"x\"} 1\n"
                + "# TYPE h histogram\nh_bucket{le=\"1\",__type__=\"x\"} 1\n")
            .getBytes(StandardCharsets.UTF_8);
    assertThat(Expositions.read(data, options, 10).samples().stream().map(Sample::labels))
        .containsExactly(
            Labels.of("__name__", "a_total", "__type__", "counter"),
            Labels.of("__name__", "other"),
            Labels.of("__name__", "u", "__type__", "x"),
            Labels.of("__name__", "h_bucket", "__type__", "histogram", "le", "1.0"));
  }

  static Stream<Arguments> malformed() {
    return Stream.of(
        Arguments.of(
            "a", "expected value after metric, got \"\\n\" (\"INVALID\") while parsing: \"a\\n\""),
        Arguments.of(
            "a{b='c'} 1\n",
            "expected label value, got \"'\" (\"INVALID\") while parsing: \"a{b='\""),
        Arguments.of(
            "a{b=\n", "expected label value, got \"\\n\" (\"INVALID\") while parsing: \"a{b=\\n\""),
        Arguments.of(
            "a{\u00ff=\"foo\"} 1\n",
            "expected label name, got \"\\xff\" (\"INVALID\") while parsing: \"a{\\xff\""),
        Arguments.of("a{b=\"\u00ff\"} 1\n", "invalid UTF-8 label value: \"\\\"\\xff\\\"\""),
        Arguments.of(
            "{\"a\", \"b = \"c\"}",
            "expected equal, got \"c\\\"\" (\"LNAME\") while parsing: \"{\\\"a\\\", \\\"b ="
                + " \\\"c\\\"\""),
        Arguments.of(
            "{\"a\",b\\nc=\"d\"} 1",
            "expected equal, got \"\\\\\" (\"INVALID\") while parsing: \"{\\\"a\\\",b\\\\\""),
        Arguments.of(
            "a true\n",
            "strconv.ParseFloat: parsing \"true\": invalid syntax while parsing: \"a true\""),
        Arguments.of(
            "a 1e999\n",
            "strconv.ParseFloat: parsing \"1e999\": value out of range while parsing: \"a 1e999\""),
        Arguments.of(
            "something_weird{problem=\"",
            "expected label value, got \"\\\"\\n\" (\"INVALID\") while parsing:"
                + " \"something_weird{problem=\\\"\\n\""),
        Arguments.of(
            "empty_label_name{=\"\"} 0",
            "expected label name, got \"=\\\"\" (\"EQUAL\") while parsing:"
                + " \"empty_label_name{=\\\"\""),
        Arguments.of("foo 1_2\n", "unsupported character in float while parsing: \"foo 1_2\""),
        Arguments.of(
            "foo 0x1p-3\n", "unsupported character in float while parsing: \"foo 0x1p-3\""),
        Arguments.of(
            "foo 0 1_2\n",
            "expected next entry after timestamp, got \"_\" (\"INVALID\") while parsing:"
                + " \"foo 0 1_\""),
        Arguments.of("{a=\"ok\"} 1", "metric name not set while parsing: \"{a=\\\"ok\\\"} 1\""),
        Arguments.of(
            "{\"a\",\"b\"} 1", "metric name already set while parsing: \"{\\\"a\\\",\\\"b\\\"}\""),
        Arguments.of("{A}0", "expected equal, got \"}0\" (\"BCLOSE\") while parsing: \"{A}0\""),
        Arguments.of(
            "  a\u00e9 1",
            "strconv.ParseFloat: parsing \"\\xe9\": invalid syntax while parsing: \"  a\\xe9\""),
        Arguments.of(
            "# TYPE \"a\u0000\" gauge",
            "expected metric name after TYPE, got \"\\\"a\\x00\" (\"INVALID\") while parsing: \"#"
                + " TYPE \\\"a\\x00\""),
        Arguments.of(
            "# TYPE \"a gauge",
            "expected metric name after TYPE, got \"\\\"a gauge\\n\" (\"INVALID\") while parsing:"
                + " \"# TYPE \\\"a gauge\\n\""),
        Arguments.of("a{\"b\"} 1", "metric name already set while parsing: \"a{\\\"b\\\"}\""),
        Arguments.of(
            "# TYPE #\n#EOF\n",
            "expected metric name after TYPE, got \"#\" (\"INVALID\") while parsing: \"# TYPE #\""),
        Arguments.of(
            "# HELP #\n#EOF\n",
            "expected metric name after HELP, got \"#\" (\"INVALID\") while parsing: \"# HELP #\""),
        Arguments.of("# TYPE a  counter\n", "invalid metric type \" counter\""),
        Arguments.of("# TYPE a\n", "invalid metric type \"\""),
        Arguments.of("# HELP a \u00ff\n", "help text \"\\xff\" is not a valid utf8 string"),
        Arguments.of(
            "a 1\r\n",
            "strconv.ParseFloat: parsing \"1\\r\": invalid syntax while parsing: \"a 1\\r\""),
        Arguments.of(
            "a 1 -5\n",
            "expected timestamp or new record, got \"-\" (\"INVALID\") while parsing: \"a 1 -\""),
        Arguments.of(
            "a 1 99999999999999999999\n",
            "strconv.ParseInt: parsing \"99999999999999999999\": value out of range while parsing:"
                + " \"a 1 99999999999999999999\""),
        Arguments.of(
            "1a 1\n", "expected a valid start token, got \"1\" (\"INVALID\") while parsing: \"1\""),
        Arguments.of(
            "ok 1\na{b=\"c\"}} 1\n",
            "strconv.ParseFloat: parsing \"}\": invalid syntax while parsing:"
                + " \"a{b=\\\"c\\\"}}\""),
        Arguments.of(
            "a{b=\u0000\"ssss\"} 1\n",
            "expected label value, got \"\\x00\" (\"INVALID\") while parsing: \"a{b=\\x00\""),
        Arguments.of("a{b=\"c\",b=\"d\"} 1\n", "label name \"b\" is not unique: invalid sample"));
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void refusesMalformedTextAsPrometheusDoes(String text, String message) {
    assertThatThrownBy(
            () -> Expositions.read(Expositions.latin1(text), ExpositionOptions.DEFAULT, 10))
        .isInstanceOf(ExpositionException.class)
        .hasMessage(message);
  }

  @Test
  void takesNullBytesInValuesAndEndsAtOneThatBeginsALine() throws Exception {
    Exposition e = Expositions.read("# HELP m foo\u0000bar\nn{a=\"abc\u0000\"} 1\n\u0000rest");
    assertThat(e.samples()).hasSize(1);
    assertThat(e.samples().get(0).labels().get("a")).isEqualTo("abc\u0000");
  }

  @Test
  void theSameTextHasTheSameHashWhereverItStands() throws Exception {
    byte[] data = "abc{d=\"e\"} 1\n x 2\n   abc{d=\"e\"} 3\nx 4".getBytes(StandardCharsets.UTF_8);
    PrometheusTextFormat format = new PrometheusTextFormat();
    ExpositionReader reader =
        format.open(format.protocols().get(0), data, data.length, ExpositionOptions.DEFAULT);
    ExpositionBatch batch = new ExpositionBatch(10);
    reader.read(batch);
    assertThat(batch.keyHashes[0]).isEqualTo(batch.keyHashes[2]).isNotEqualTo(batch.keyHashes[1]);
    assertThat(batch.keyHashes[1]).isEqualTo(batch.keyHashes[3]);
  }

  @Test
  void readsTheCorpus() throws Exception {
    Assumptions.assumeTrue(
        Files.isDirectory(CORPUS), () -> "skipped: no shared/conformance/exposition/textparse");
    int files = 0;
    try (Stream<Path> all = Files.list(CORPUS)) {
      for (Path file : all.filter(f -> f.toString().endsWith(".prom.txt")).toList()) {
        Exposition e = Expositions.read(Files.readAllBytes(file), ExpositionOptions.DEFAULT, 512);
        assertThat(e.samples()).as("%s", file).isNotEmpty();
        long lines =
            Files.readAllLines(file).stream()
                .filter(l -> !l.isBlank() && !l.startsWith("#"))
                .count();
        assertThat((long) e.samples().size()).as("%s", file).isEqualTo(lines);
        files++;
      }
    }
    assertThat(files).isPositive();
    Path with = CORPUS.resolve("alltypes.237mfs.prom.txt");
    Path without = CORPUS.resolve("alltypes.237mfs.nometa.prom.txt");
    Exposition a = Expositions.read(Files.readAllBytes(with), ExpositionOptions.DEFAULT, 512);
    Exposition b = Expositions.read(Files.readAllBytes(without), ExpositionOptions.DEFAULT, 512);
    assertThat(a.samples()).hasSameSizeAs(b.samples());
    assertThat(a.families()).hasSize(237);
    assertThat(b.families()).isEmpty();
  }

  @Test
  void readsTheCorpusFileByFileFromAnyStart() throws IOException {
    Assumptions.assumeTrue(
        Files.isDirectory(CORPUS), () -> "skipped: no shared/conformance/exposition/textparse");
    byte[] data = Files.readAllBytes(CORPUS.resolve("alltypes.237mfs.prom.txt"));
    for (int length = 0; length < 4000; length++) {
      try {
        Expositions.read(java.util.Arrays.copyOf(data, length), ExpositionOptions.DEFAULT, 100);
      } catch (ExpositionException e) {
        assertThat(List.of("expected", "invalid", "strconv"))
            .anyMatch(word -> e.getMessage().startsWith(word));
      }
    }
  }
}
