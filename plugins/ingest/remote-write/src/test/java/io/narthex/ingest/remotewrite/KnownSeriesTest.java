package io.narthex.ingest.remotewrite;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KnownSeriesTest {
  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  @Test
  void findsWhatItWasToldUntilItIsForgotten() {
    KnownSeries known = new KnownSeries(this, random, 1 << 10);
    byte[] labels = bytes(40);
    long first = known.first(labels, 3, 30);
    long second = known.second(labels, 3, 30);

    assertThat(known.find(first, second)).isZero();
    known.put(first, second, 7);
    assertThat(known.find(first, second)).isEqualTo(7);
    known.put(first, second, 8);
    assertThat(known.find(first, second)).isEqualTo(8);
    known.remove(first, second);
    assertThat(known.find(first, second)).isZero();
  }

  @Test
  void tellsEachByteAndTheLengthApart() {
    KnownSeries known = new KnownSeries(this, random, 1 << 10);
    for (int length = KnownSeries.SHORTEST; length < 70; length++) {
      byte[] labels = bytes(length + 1);
      long first = known.first(labels, 0, length);
      long second = known.second(labels, 0, length);
      assertThat(first).as("seed %d", seed).isNotEqualTo(second);
      assertThat(known.first(labels, 0, length + 1)).as("seed %d", seed).isNotEqualTo(first);
      for (int i = 0; i < length; i++) {
        labels[i] ^= 1;
        assertThat(known.first(labels, 0, length)).as("seed %d", seed).isNotEqualTo(first);
        assertThat(known.second(labels, 0, length)).as("seed %d", seed).isNotEqualTo(second);
        labels[i] ^= 1;
      }
      assertThat(known.first(labels, 0, length)).isEqualTo(first);
    }
  }

  @Test
  void growsUpToABoundAndIsNeverWrong() {
    KnownSeries known = new KnownSeries(this, random, 1 << 12);
    List<byte[]> all = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      all.add(bytes(24));
    }
    int hits = 0;
    for (int round = 0; round < 5; round++) {
      hits = 0;
      for (int i = 0; i < all.size(); i++) {
        long first = known.first(all.get(i), 0, 24);
        long second = known.second(all.get(i), 0, 24);
        long ref = known.find(first, second);
        assertThat(ref).as("seed %d", seed).isIn(0L, i + 1L);
        if (ref == 0) {
          known.put(first, second, i + 1L);
        } else {
          hits++;
        }
      }
    }

    assertThat(known.capacity()).isEqualTo(4 << 12);
    assertThat(hits).as("seed %d", seed).isGreaterThan(8_000);
  }

  @Test
  void isNeverWrongWhileManyWriteAtOnce() throws Exception {
    KnownSeries known = new KnownSeries(this, random, 1 << 8);
    byte[] all = bytes(5_000 + 24);
    List<Throwable> failures = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      Random own = new Random(seed + t);
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int n = 0; n < 200_000; n++) {
                  int i = own.nextInt(5_000);
                  long first = known.first(all, i, 24);
                  long second = known.second(all, i, 24);
                  long ref = known.find(first, second);
                  if (ref == 0) {
                    known.put(first, second, i + 1L);
                  } else if (ref != i + 1L) {
                    synchronized (failures) {
                      failures.add(new AssertionError("seed " + seed + " at " + i));
                    }
                  }
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(failures).isEmpty();
  }

  @Test
  void isOfOneStorage() {
    KnownSeries known = new KnownSeries(this, random, 1 << 10);

    assertThat(known.isOf(this)).isTrue();
    assertThat(known.isOf(new Object())).isFalse();
  }
}
