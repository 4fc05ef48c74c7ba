package io.narthex.format.protobuf;

import io.narthex.api.format.ExpositionContract;
import io.narthex.api.format.ExpositionFormat;
import java.util.List;

class ProtobufContractTest extends ExpositionContract {
  @Override
  protected ExpositionFormat format() {
    return new PrometheusProtobufFormat();
  }

  @Override
  protected List<byte[]> examples() {
    return MetricFamilyFuzz.examples();
  }

  @Override
  protected byte[] series(int n) {
    Message all = Message.family("name", "Help.", Message.HISTOGRAM);
    for (int i = 0; i < n / 15 + 1; i++) {
      all.message(
          4, Message.metric("some_label", "value " + i).message(7, SeriesKeysTest.histogram(1)));
    }
    return Message.exposition(all);
  }
}
