package io.narthex.api.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.format.SeriesLexer.Dialect;
import io.narthex.api.format.SeriesLexer.Token;
import io.narthex.api.model.Labels;
import io.narthex.api.model.MetricType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SeriesLexerTest {
  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> tokens(String text, Dialect dialect) {
    byte[] data = bytes(text);
    SeriesLexer lexer = new SeriesLexer(data, data.length, dialect);
    lexer.begin(0);
    List<String> tokens = new ArrayList<>();
    Token token = lexer.next();
    while (token != Token.EOF && token != Token.INVALID) {
      int end = Math.min(data.length, lexer.tokenEnd());
      tokens.add(token + " " + text.substring(lexer.tokenStart(), end));
      token = lexer.next();
    }
    tokens.add(token.toString());
    return tokens;
  }

  private static Labels labels(String series, ExpositionOptions options, ExpositionBatch batch)
      throws ExpositionException {
    byte[] data = bytes(series + " 1\n");
    SeriesLexer lexer = new SeriesLexer(data, data.length, Dialect.OPENMETRICS);
    lexer.begin(0);
    assertThat(lexer.series()).isEqualTo(Token.VALUE);
    return new SeriesLabels(data, options).labels(lexer, batch, batch.families.size() - 1);
  }

  @Test
  void readsTokensOfPrometheusText() {
    assertThat(tokens(" a { b = \"c\\\"\" ,\td=\"\" } 1.5 12", Dialect.PROMETHEUS_TEXT))
        .containsExactly(
            "MNAME a",
            "BOPEN {",
            "LNAME b",
            "EQUAL =",
            "LVALUE \"c\\\"\"",
            "COMMA ,",
            "LNAME d",
            "EQUAL =",
            "LVALUE \"\"",
            "BCLOSE }",
            "VALUE 1.5",
            "TIMESTAMP 12",
            "LINEBREAK ",
            "EOF");
  }

  @Test
  void readsTokensOfOpenMetrics() {
    assertThat(tokens("{\"a.b\"} 1 2.5 # {c=\"d\",} 3 4\n# EOF\n", Dialect.OPENMETRICS))
        .containsExactly(
            "BOPEN {",
            "QSTRING \"a.b\"",
            "BCLOSE }",
            "VALUE  1",
            "TIMESTAMP  2.5",
            "COMMENT  # {",
            "LNAME c",
            "EQUAL =",
            "LVALUE \"d\"",
            "COMMA ,",
            "BCLOSE }",
            "VALUE  3",
            "TIMESTAMP  4",
            "LINEBREAK \n",
            "EOFWORD # EOF\n",
            "EOF");
    assertThat(tokens("# UNIT a_s s\n# HELP \"b c\" d\n#x", Dialect.OPENMETRICS))
        .containsExactly(
            "UNIT # UNIT ",
            "MNAME a_s",
            "TEXT  s\n",
            "HELP # HELP ",
            "MNAME \"b c\"",
            "TEXT  d\n",
            "INVALID");
  }

  @Test
  void tellsWhereThePartsOfASeriesStand() throws Exception {
    byte[] data = bytes("x 1\n  a{b=\"c\",\"d.e\"=\"\"} 1");
    SeriesLexer lexer = new SeriesLexer(data, data.length, Dialect.PROMETHEUS_TEXT);
    lexer.begin(4);
    assertThat(lexer.series()).isEqualTo(Token.VALUE);
    assertThat(lexer.number()).isEqualTo(1);
    assertThat(List.of(lexer.seriesStart(), lexer.seriesEnd())).containsExactly(6, 23);
    assertThat(List.of(lexer.nameStart(), lexer.nameEnd())).containsExactly(6, 7);
    assertThat(lexer.labelCount()).isEqualTo(2);
    assertThat(List.of(lexer.labelNameStart(0), lexer.labelNameEnd(0))).containsExactly(8, 9);
    assertThat(List.of(lexer.labelValueStart(0), lexer.labelValueEnd(0))).containsExactly(11, 12);
    assertThat(List.of(lexer.labelNameStart(1), lexer.labelNameEnd(1))).containsExactly(15, 18);
    assertThat(List.of(lexer.labelValueStart(1), lexer.labelValueEnd(1))).containsExactly(21, 21);
    assertThat(new SeriesLabels(data, ExpositionOptions.DEFAULT).emptyLabels(lexer))
        .containsExactly("d.e");
  }

  @Test
  void makesLabelsOfManyInAnyOrder() throws Exception {
    List<Integer> numbers = IntStream.range(0, 60_000).boxed().collect(Collectors.toList());
    Collections.reverse(numbers);
    String series =
        numbers.stream().map(i -> "l" + i + "=\"v" + i + "\"").collect(Collectors.joining(","));
    Labels labels = labels("m{" + series + "}", ExpositionOptions.DEFAULT, new ExpositionBatch(1));
    assertThat(labels.size()).isEqualTo(60_001);
    assertThat(labels.get("l59999")).isEqualTo("v59999");
    assertThatThrownBy(() ->
            labels("m{" + series + ",l7=\"x\"}", ExpositionOptions.DEFAULT, new ExpositionBatch(1)))
        .hasMessage("label name \"l7\" is not unique: invalid sample");
  }

  @Test
  void refusesMoreLabelsThanAnybodyNeeds() {
    String series =
        IntStream.range(0, 70_000).mapToObj(i -> "a=\"\"").collect(Collectors.joining(","));
    assertThatThrownBy(
            () -> labels("m{" + series + "}", ExpositionOptions.DEFAULT, new ExpositionBatch(1)))
        .isInstanceOf(ExpositionException.class)
        .hasMessageStartingWith(
            "cannot read a series: got more than 65536 labels while parsing: \"m{a=\\\"\\\"");
  }

  @Test
  void aTypeIsInForceUntilTheNextAndAUnitForItsFamily() throws Exception {
    ExpositionOptions typed = new ExpositionOptions(false, false, true, false);
    ExpositionBatch batch = new ExpositionBatch(1);
    assertThat(labels("a", typed, batch)).isEqualTo(Labels.of("__name__", "a"));
    batch.addMetadata("a", MetricType.GAUGE, null, "s");
    Labels united = Labels.of("__name__", "a", "__type__", "gauge", "__unit__", "s");
    assertThat(labels("a", typed, batch)).isEqualTo(united);
    batch.addMetadata("b", null, "help", null);
    assertThat(labels("a", typed, batch)).isEqualTo(united);
    assertThat(labels("b", typed, batch)).isEqualTo(Labels.of("__name__", "b"));
    batch.addMetadata("c", null, null, "m");
    assertThat(labels("a", typed, batch))
        .isEqualTo(Labels.of("__name__", "a", "__type__", "gauge"));

    byte[] data = bytes("a 1\n");
    SeriesLabels labels = new SeriesLabels(data, typed);
    assertThat(labels.typed(batch, 2)).isEqualTo(batch.families.get(0));
    assertThat(labels.typed(batch, 0)).isEqualTo(batch.families.get(0));
    assertThat(labels.typed(batch, -1)).isNull();
  }

  private static SeriesLexer metadata(String line) throws ExpositionException {
    byte[] data = bytes(line);
    SeriesLexer lexer = new SeriesLexer(data, data.length, Dialect.OPENMETRICS);
    lexer.begin(0);
    lexer.metadata(lexer.next());
    return lexer;
  }

  @Test
  void readsMetadataOfOpenMetrics() throws Exception {
    SeriesLexer type = metadata("# TYPE \"a b\" gaugehistogram\n");
    assertThat(type.metricType()).isEqualTo(MetricType.GAUGE_HISTOGRAM);
    assertThat(type.nameStart()).isEqualTo(8);
    assertThat(type.nameEnd()).isEqualTo(11);
    assertThat(type.tokenEnd()).isEqualTo(28);
    metadata("# UNIT a_b b\n");
    metadata("# UNIT a_b \n");

    assertThatThrownBy(() -> metadata("# UNIT b b\n"))
        .hasMessage("unit \"b\" not a suffix of metric \"b\"");
    assertThatThrownBy(() -> metadata("# TYPE a x\n").metricType())
        .hasMessage("invalid metric type \"x\"");
    assertThatThrownBy(() -> metadata("# TYPE a\n")).hasMessage("expected text in TYPE");
  }
}
