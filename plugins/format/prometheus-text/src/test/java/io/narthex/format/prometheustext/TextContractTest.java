package io.narthex.format.prometheustext;

import io.narthex.api.format.Exposition;
import io.narthex.api.format.ExpositionFormat;
import io.narthex.api.format.LineFormatContract;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;

class TextContractTest extends LineFormatContract {
  @Override
  protected ExpositionFormat format() {
    return new PrometheusTextFormat();
  }

  @Override
  protected List<byte[]> examples() {
    return List.of(TextFuzz.EXAMPLE);
  }

  @Override
  protected Exposition.Reading[] ways() {
    return TextFuzz.WAYS;
  }

  @Override
  protected String end() {
    return "";
  }

  @Override
  protected Arbitrary<Timestamp> timestamps() {
    return Arbitraries.longs().greaterOrEqual(0).map(t -> new Timestamp(Long.toString(t), t));
  }
}
