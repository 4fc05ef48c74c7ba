package io.narthex.storage.tsdb.chunk;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import io.narthex.storage.tsdb.Fuzz;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Fuzzes the decoder of chunks, and what goes on with a chunk from a file: the encoding, data. */
public final class ChunkFuzz {
  private ChunkFuzz() {}

  /** Jazzer's entry. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    byte encoding = input[0];
    byte[] data = Fuzz.rest(input);
    Fuzz.decode(
        data.length,
        () -> {
          ChunkDecoder decoder = new ChunkDecoder();
          SampleBatch batch = new SampleBatch(120);
          decoder.reset(encoding, data, 0, data.length);
          int samples = 0;
          while (decoder.read(batch) > 0) {
            samples += batch.size;
          }
          if (samples != decoder.sampleCount()) {
            throw new AssertionError("got " + samples + " samples of " + decoder.sampleCount());
          }
        });
    Fuzz.decode(
        data.length,
        () -> {
          if (encoding == Encoding.XOR.code()) {
            XorAppender.resume(data, 0, data.length, new XorState());
          } else if (Encoding.of(encoding).isHistogram()) {
            new HistogramChunkBuilder(encoding > 4).load(encoding, data, 0, data.length);
          }
        });
  }

  /** Chunks of all encodings. */
  public static List<byte[]> seeds() {
    List<byte[]> out = new ArrayList<>();
    for (Encoding encoding : Encoding.values()) {
      if (encoding == Encoding.NONE) {
        continue;
      }
      for (int n : new int[] {1, 2, 5, 30}) {
        out.add(chunk(encoding, n, false));
        if (encoding.isHistogram()) {
          out.add(chunk(encoding, n, true));
        }
      }
    }
    return out;
  }

  private static byte[] chunk(Encoding encoding, int n, boolean custom) {
    long t = 1_700_000_000_000L;
    if (encoding.isFloat()) {
      FloatChunkBuilder b = new FloatChunkBuilder(encoding);
      for (int i = 0; i < n; i++) {
        t += 15_000 + (i % 3 == 0 ? i * i * i : 0);
        b.append(t, i == 7 ? StaleMarker.value() : i * i / 8.0, i % 4 == 0 ? t - 100 : 0);
      }
      return with(encoding, Arrays.copyOf(b.bytes(), b.length()));
    }
    boolean integer = encoding == Encoding.HISTOGRAM || encoding == Encoding.HISTOGRAM_ST;
    HistogramChunkBuilder b = new HistogramChunkBuilder(encoding.hasStartTimestamps());
    for (int i = 0; i < n; i++) {
      t += 15_000;
      NativeHistogram h =
          i == 7
              ? HistogramCode.stale(integer, StaleMarker.value())
              : new NativeHistogram(
                  integer,
                  ResetHint.UNKNOWN,
                  custom ? -53 : 3,
                  custom ? 0 : 0.01,
                  0,
                  2 * i * i,
                  i / 3.0,
                  List.of(new Span(0, 1), new Span(2, 1)),
                  new double[] {i * i, i * i},
                  List.of(),
                  HistogramCode.NONE,
                  custom ? new double[] {1, 2, 3} : HistogramCode.NONE);
      if (!b.append(t, h, t - 3)) {
        break;
      }
    }
    return with(encoding, Arrays.copyOf(b.bytes(), b.length()));
  }

  private static byte[] with(Encoding encoding, byte[] data) {
    byte[] out = Fuzz.seed(data);
    out[0] = encoding.code();
    return out;
  }
}
