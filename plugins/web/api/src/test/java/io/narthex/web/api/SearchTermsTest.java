package io.narthex.web.api;

import static io.narthex.web.api.SearchTerms.Algorithm.JARO_WINKLER;
import static io.narthex.web.api.SearchTerms.Algorithm.SUBSEQUENCE;
import static io.narthex.web.api.SearchTerms.NONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SearchTermsTest {
  private static double score(
      SearchTerms.Algorithm algorithm, double threshold, String name, String... terms) {
    return new SearchTerms(List.of(terms), algorithm, threshold, true).score(name);
  }

  @Test
  void anyNameMatchesNoTermAtAllAndTheEmptyOne() {
    assertThat(score(SUBSEQUENCE, 1, "up")).isEqualTo(1);
    assertThat(score(SUBSEQUENCE, 1, "up", "")).isEqualTo(1);
    assertThat(score(JARO_WINKLER, 1, "", "")).isEqualTo(1);
  }

  /** Figures by hand from Prometheus's formula: runs squared, less gaps, by the term's square. */
  @ParameterizedTest
  @CsvSource({
    "prom, prometheus, 1",
    "prometheus, prometheus, 1",
    "xyz, prometheus, -1",
    "prometheuss, prometheus, -1",
    // p, 2 between, m, 5 between, s.
    "pms, prometheus, 0.2555555555",
    // 3 before, a run of 4, 3 behind: (16 - 0.3 - 0.15) / 16.
    "meth, prometheus, 0.971875",
    // The second beginning has the run: 2 before, (4 - 0.4 - 0) / 4.
    "ab, axxab, 0.85",
    "ü, xü, 0.5"
  })
  void scoresSubsequences(String term, String name, double want) {
    assertThat(score(SUBSEQUENCE, 0, name, term)).isEqualTo(want, within(1e-9));
  }

  @Test
  void leavesOutWhatScoresBelowTheThreshold() {
    assertThat(score(SUBSEQUENCE, 0.99, "prometheus", "pms")).isEqualTo(NONE);
    assertThat(score(SUBSEQUENCE, 0.25, "prometheus", "pms")).isPositive();
    assertThat(score(JARO_WINKLER, 0.99, "go_goroutines", "go_goroutins")).isEqualTo(NONE);
  }

  @ParameterizedTest
  @CsvSource({
    "go_gor, go_goroutines, 1, 1",
    "goroutine, go_goroutines, 1, 0.325",
    "GO_GOR, go_goroutines, 0, -1",
    "xyz_not_found, go_goroutines, 0.8, -1",
    // The classic pairs of the literature.
    "MARTHA, MARHTA, 0.5, 0.9611111111",
    "DIXON, DICKSONX, 0.5, 0.8133333333",
    "DICKSONX, DIXON, 0.5, 0.8133333333",
    "DWAYNE, DUANE, 0.5, 0.84",
    "DWAYNE, DUANE, 0, -1",
    "abc, xyz, 0.1, -1"
  })
  void scoresPartsAndSimilarNames(String term, String name, double threshold, double want) {
    assertThat(score(JARO_WINKLER, threshold, name, term)).isEqualTo(want, within(1e-9));
  }

  @Test
  void looksAwayFromCaseWhenToldSo() {
    SearchTerms terms = new SearchTerms(List.of("GO_Gor"), SUBSEQUENCE, 0, false);
    assertThat(terms.score("go_GOROUTINES")).isEqualTo(1);
    assertThat(terms.score("stop")).isEqualTo(NONE);
    // One letter stays one letter.
    assertThat(new SearchTerms(List.of("\u0130x"), SUBSEQUENCE, 0, false).score("ix")).isEqualTo(1);
  }

  @Test
  void takesTheBestOfSeveralTerms() {
    assertThat(score(SUBSEQUENCE, 0, "prometheus", "xyz", "meth", "pms"))
        .isEqualTo(0.971875, within(1e-9));
  }

  @Test
  void comparesLongNamesByTheirBeginning() {
    String name = "a".repeat(1_000_000);
    assertThat(score(SUBSEQUENCE, 0, name + "b", "ab")).isEqualTo(NONE);
    assertThat(score(JARO_WINKLER, 0, name + "b", "ab")).isEqualTo(0.1, within(1e-9));
    assertThat(score(JARO_WINKLER, 0.6, name, "ba")).isEqualTo(NONE);
  }
}
