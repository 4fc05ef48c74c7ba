package com.example.extensions;

import io.narthex.api.model.SampleBatch;
import io.narthex.api.query.FunctionProvider;
import java.util.List;
import org.pf4j.Extension;

/** {@code spread_over_time(v[5m])}: the greatest value of the window less the least. */
@Extension
public final class SpreadFunction implements FunctionProvider {
  @Override
  public String name() {
    return "spread_over_time";
  }

  @Override
  public String description() {
    return "The greatest value less the least.";
  }

  @Override
  public Function function() {
    return new Spread();
  }

  private static final class Spread implements RangeFunction {
    @Override
    public int scalarArguments() {
      return 0;
    }

    @Override
    public double apply(
        SampleBatch window,
        int from,
        int to,
        long rangeStart,
        long rangeEnd,
        List<Double> scalars) {
      double least = Double.POSITIVE_INFINITY;
      double greatest = Double.NEGATIVE_INFINITY;
      for (int i = from; i < to; i++) {
        least = Math.min(least, window.values[i]);
        greatest = Math.max(greatest, window.values[i]);
      }
      return greatest - least;
    }
  }
}
