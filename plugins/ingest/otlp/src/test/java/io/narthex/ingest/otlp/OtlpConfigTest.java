package io.narthex.ingest.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.config.Defaults;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Defaults and mistakes; Prometheus's own files are judged by the distribution's tests. */
class OtlpConfigTest {
  private static OtlpConfig config(
      boolean all, List<String> promoted, List<String> ignored, String strategy) {
    return new OtlpConfig(all, promoted, ignored, strategy, false, false, false, true, true);
  }

  @Test
  void hasPrometheussDefaults() {
    assertThat(Defaults.of(OtlpConfig.class))
        .isEqualTo(
            new OtlpConfig(
                false,
                List.of(),
                List.of(),
                "UnderscoreEscapingWithSuffixes",
                false,
                false,
                false,
                true,
                true));
    assertThat(Defaults.of(OtlpReceiverSettings.class).enabled()).isFalse();
  }

  @Test
  void trimsNamesOfAttributes() {
    assertThat(
            config(false, List.of(" a ", "b"), List.of(), "NoTranslation")
                .promoteResourceAttributes())
        .containsExactly("a", "b");
  }

  @Test
  void refusesContradictionsInPrometheussWords() {
    assertThatThrownBy(() -> config(true, List.of("a"), List.of(), "NoTranslation"))
        .hasMessage(
            "'promote_all_resource_attributes' and 'promote_resource_attributes' cannot be"
                + " configured simultaneously");
    assertThatThrownBy(() -> config(false, List.of(), List.of("a"), "NoTranslation"))
        .hasMessage(
            "'ignore_resource_attributes' cannot be configured unless"
                + " 'promote_all_resource_attributes' is true");
    assertThatThrownBy(() -> config(false, List.of("a", " a", ""), List.of(), "NoTranslation"))
        .hasMessage(
            "invalid 'promote_resource_attributes': duplicated promoted OTel resource attribute"
                + " \"a\"\nempty promoted OTel resource attribute");
    assertThatThrownBy(() -> config(true, List.of(), List.of("a", "a"), "NoTranslation"))
        .hasMessage(
            "invalid 'ignore_resource_attributes': duplicated ignored OTel resource attribute"
                + " \"a\"");
    assertThatThrownBy(() -> config(false, List.of(), List.of(), "Invalid"))
        .hasMessage("unsupported OTLP translation strategy \"Invalid\"");
  }
}
