package io.narthex.api.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * What every exposition format must keep, whatever targets send. A format's test extends this and
 * gives the format, and expositions with everything that the format has.
 */
public abstract class ExpositionContract {
  /** Damaged expositions that are read: {@code -Dfuzz.rounds} for more of them. */
  private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 10_000);

  private static final int SERIES = 5000;

  /** A format. */
  protected abstract ExpositionFormat format();

  /**
   * Well-formed expositions, each of some hundred bytes or few thousand, that together have
   * everything that the format has. With each set of options there are samples in them.
   */
  protected abstract List<byte[]> examples();

  /**
   * A well-formed exposition of {@code n} samples or a few more, which are numbers, each of a
   * series of its own.
   */
  protected abstract byte[] series(int n);

  /** Bytes that mean something in the format, to damage expositions with. */
  protected byte[] alphabet() {
    return new byte[] {0, 1, 0x7f, (byte) 0x80, (byte) 0xff};
  }

  /** The ways to read that must give the same; one, unless a reader has several. */
  protected Exposition.Reading[] ways() {
    return new Exposition.Reading[] {Exposition.of(format())};
  }

  private Exposition read(byte[] data, ExpositionBatch batch) throws ExpositionException {
    return Exposition.read(Exposition.of(format()), data, ExpositionOptions.DEFAULT, batch);
  }

  @Test
  final void namesProtocolsOfItsOwn() {
    assertThat(format().protocols()).isNotEmpty().doesNotHaveDuplicates();
  }

  @Test
  final void readsExamplesWithAnyOptionsInBatchesOfAnySize() throws Exception {
    assertThat(examples()).isNotEmpty();
    for (byte[] example : examples()) {
      for (int choice = 0; choice < 16; choice++) {
        ExpositionOptions options = ExpositionFuzz.options(choice);
        Exposition all = Exposition.read(ways()[0], example, options);
        assertThat(all.samples()).as("%s", options).isNotEmpty();
        ExpositionFuzz.check(ExpositionFuzz.input(choice, example), ways());
      }
    }
  }

  @Test
  final void readsOrRefusesWhatIsCutOffAnywhere() {
    for (byte[] example : examples()) {
      for (int length = 0; length < example.length; length++) {
        byte[] cut = Arrays.copyOf(example, length);
        ExpositionFuzz.check(ExpositionFuzz.input(length % 16, cut), ways());
      }
    }
  }

  @Test
  final void readsOrRefusesWhatIsDamaged() {
    List<byte[]> inputs = ExpositionFuzz.inputs(examples());
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < ROUNDS; i++) {
      byte[] whole = inputs.get(random.nextInt(inputs.size()));
      byte[] input = ExpositionFuzz.damage(whole, alphabet(), random);
      try {
        ExpositionFuzz.check(input, ways());
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed " + seed + ": " + HexFormat.of().formatHex(input), e);
      }
    }
  }

  @Test
  final void readsOrRefusesNoise() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 1000; i++) {
      byte[] input = new byte[1 + random.nextInt(1 << random.nextInt(10))];
      random.nextBytes(input);
      try {
        ExpositionFuzz.check(input, ways());
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed " + seed + ": " + HexFormat.of().formatHex(input), e);
      }
    }
  }

  /** As scrapes do: one batch after another, also after a target has broken off. */
  @Test
  final void aBatchServesOneExpositionAfterAnother() throws Exception {
    ExpositionBatch batch = new ExpositionBatch(7);
    for (int round = 0; round < 3; round++) {
      for (byte[] example : examples()) {
        assertThat(read(example, batch)).isEqualTo(read(example, new ExpositionBatch(512)));
        byte[] cut = Arrays.copyOf(example, example.length * 2 / 3);
        Exposition.Reading reading = Exposition.of(format());
        Exposition.attempt(reading.open(cut, cut.length, ExpositionOptions.DEFAULT), batch);
      }
    }
  }

  @Test
  final void eachSeriesHasAKeyAndAHashOfItsOwn() throws Exception {
    Map<String, Long> hashes = new HashMap<>();
    List<Exposition.Sample> samples = read(series(SERIES), new ExpositionBatch(512)).samples();
    samples.forEach(s -> hashes.put(s.key(), s.keyHash()));

    assertThat(samples).hasSizeGreaterThanOrEqualTo(SERIES);
    assertThat(hashes).hasSameSizeAs(samples);
    assertThat(hashes.values()).doesNotHaveDuplicates();
  }

  @Test
  final void allocatesNothingForASampleOfASeriesThatWasSeen() throws Exception {
    byte[] data = series(SERIES);
    ExpositionBatch batch = new ExpositionBatch(512);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Exposition.Reading reading = Exposition.of(format());
    List<Long> allocated = new ArrayList<>();
    for (int round = 0; round < 20; round++) {
      batch.families.clear();
      long before = threads.getCurrentThreadAllocatedBytes();
      ExpositionReader reader = reading.open(data, data.length, ExpositionOptions.DEFAULT);
      int samples = 0;
      for (int n = reader.read(batch); n > 0; n = reader.read(batch)) {
        samples += n;
      }
      long after = threads.getCurrentThreadAllocatedBytes();
      assertThat(samples).isGreaterThanOrEqualTo(SERIES);
      allocated.add(after - before);
    }
    assertThat(allocated.stream().mapToLong(a -> a).min().orElseThrow())
        .as("bytes for the reader itself, of %s", allocated)
        .isLessThan(2048);
  }
}
