package io.narthex.api.model;

import io.narthex.api.Api;

/**
 * The value that says "this series has ended here": a NaN of special bits, which must be compared
 * as bits.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public final class StaleMarker {
  /** Raw bits of the stale marker. */
  public static final long BITS = 0x7ff0000000000002L;

  /** Raw bits of the NaN that stands for every other NaN. */
  public static final long NORMAL_NAN_BITS = 0x7ff8000000000001L;

  private StaleMarker() {}

  /** The stale marker as a value. */
  public static double value() {
    return Double.longBitsToDouble(BITS);
  }

  /** Whether {@code v} is the stale marker. */
  public static boolean is(double v) {
    return Double.doubleToRawLongBits(v) == BITS;
  }
}
