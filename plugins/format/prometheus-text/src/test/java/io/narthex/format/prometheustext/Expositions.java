package io.narthex.format.prometheustext;

import io.narthex.api.format.ExpositionBatch;
import io.narthex.api.format.ExpositionException;
import io.narthex.api.format.ExpositionOptions;
import io.narthex.api.format.ExpositionReader;
import io.narthex.api.model.Labels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads whole expositions for tests. */
final class Expositions {
  record Sample(String key, Labels labels, double value, Long timestamp) {}

  record Exposition(List<Sample> samples, List<ExpositionBatch.Family> families) {}

  private Expositions() {}

  static Exposition read(String text) throws ExpositionException {
    return read(text.getBytes(StandardCharsets.UTF_8), ExpositionOptions.DEFAULT, 3);
  }

  static Exposition read(byte[] data, ExpositionOptions options, int capacity)
      throws ExpositionException {
    PrometheusTextFormat format = new PrometheusTextFormat();
    ExpositionReader reader = format.open(format.protocols().get(0), data, data.length, options);
    ExpositionBatch batch = new ExpositionBatch(capacity);
    List<Sample> samples = new ArrayList<>();
    while (reader.read(batch) > 0) {
      for (int i = 0; i < batch.size; i++) {
        String key =
            new String(
                batch.keys, batch.keyOffsets[i], batch.keyLengths[i], StandardCharsets.UTF_8);
        samples.add(
            new Sample(
                key,
                reader.labels(batch, i),
                batch.values[i],
                batch.hasTimestamp[i] ? batch.timestamps[i] : null));
      }
    }
    return new Exposition(samples, batch.families);
  }

  /** One byte for each character up to 255. */
  static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
