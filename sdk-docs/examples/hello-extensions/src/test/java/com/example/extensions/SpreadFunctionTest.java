package com.example.extensions;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.SampleBatch;
import io.narthex.api.query.FunctionProvider.RangeFunction;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpreadFunctionTest {
  @Test
  void looksAtTheWindowOnly() {
    SampleBatch samples = new SampleBatch(4);
    samples.add(0, 100);
    samples.add(1, 1);
    samples.add(2, 5);
    samples.add(3, -100);
    RangeFunction spread = (RangeFunction) new SpreadFunction().function();
    assertThat(spread.apply(samples, 1, 3, 0, 2, List.of())).isEqualTo(4);
  }
}
