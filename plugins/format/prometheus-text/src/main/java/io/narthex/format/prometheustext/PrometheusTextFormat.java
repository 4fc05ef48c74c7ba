package io.narthex.format.prometheustext;

import io.narthex.api.format.ExpositionFormat;
import io.narthex.api.format.ExpositionOptions;
import io.narthex.api.format.ExpositionReader;
import java.util.List;
import org.pf4j.Extension;

/** The text formats 0.0.4 and 1.0.0; the latter has names in quotes, which are read in both. */
@Extension
public final class PrometheusTextFormat implements ExpositionFormat {
  private static final List<Protocol> PROTOCOLS =
      List.of(
          new Protocol("PrometheusText1.0.0", "text/plain;version=1.0.0"),
          new Protocol("PrometheusText0.0.4", "text/plain;version=0.0.4"));

  @Override
  public List<Protocol> protocols() {
    return PROTOCOLS;
  }

  @Override
  public ExpositionReader open(
      Protocol protocol, byte[] data, int length, ExpositionOptions options) {
    return new TextReader(data, length, options);
  }
}
