package io.narthex.web.ui;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class UiFeaturesTest {
  @Test
  void thePagesAreThoseOfPrometheussThirdUserInterface() {
    assertThat(new UiFeatures().features())
        .isEqualTo(Map.of("ui", Map.of("ui_v2", false, "ui_v3", true)));
  }
}
