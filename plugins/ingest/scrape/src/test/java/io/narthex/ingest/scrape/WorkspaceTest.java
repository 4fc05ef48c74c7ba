package io.narthex.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WorkspaceTest {
  private static final long MIB = 1 << 20;
  private static final Workspace.Budget AMPLE = Workspace.Budget.of(1024 * MIB);

  private final Workspace work = new Workspace(AMPLE);

  private static byte[] bytes(int length) {
    byte[] data = new byte[length];
    new Random(1).nextBytes(data);
    for (int i = 0; i < length; i += 3) {
      data[i] = 'a';
    }
    return data;
  }

  /** Gives a byte or two at a time. */
  private static InputStream slow(byte[] data) {
    return new ByteArrayInputStream(data) {
      @Override
      public synchronized int read(byte[] b, int off, int len) {
        return super.read(b, off, Math.min(len, 2));
      }
    };
  }

  private byte[] body() {
    return Arrays.copyOf(work.body, work.bodyLength);
  }

  @Test
  void readsBodiesOfAnyLength() throws IOException {
    for (int length :
        new int[] {0, 1, 65_535, 65_536, 65_537, 1_000_000, 4_194_304, 4_194_305, 21_000_000}) {
      work.read(new ByteArrayInputStream(bytes(length)), false, 0);
      assertThat(body()).isEqualTo(bytes(length));
      work.read(new ByteArrayInputStream(Fakes.gzip(bytes(length))), true, 0);
      assertThat(body()).isEqualTo(bytes(length));
    }
    work.read(slow(Fakes.gzip(bytes(5000))), true, 0);
    assertThat(body()).isEqualTo(bytes(5000));
  }

  @Test
  void readsGzipOfSeveralMembers() throws IOException {
    ByteArrayOutputStream two = new ByteArrayOutputStream();
    two.write(Fakes.gzip(bytes(1000)));
    two.write(Fakes.gzip(bytes(10)));
    work.read(new ByteArrayInputStream(two.toByteArray()), true, 0);
    assertThat(work.bodyLength).isEqualTo(1010);
  }

  @Test
  void refusesBodiesThatAreTooLong() throws IOException {
    work.read(new ByteArrayInputStream(bytes(99)), false, 100);
    assertThatThrownBy(() -> work.read(new ByteArrayInputStream(bytes(100)), false, 100))
        .hasMessage("body size limit exceeded");
    assertThatThrownBy(() ->
            work.read(new ByteArrayInputStream(Fakes.gzip(new byte[100_000_000])), true, 1000))
        .hasMessage("body size limit exceeded");
    assertThat(work.body.length).as("a bomb is not unpacked").isLessThan(1_000_000);
  }

  /** Bytes without end, which cost nothing to make. */
  private static InputStream endless() {
    return new InputStream() {
      @Override
      public int read() {
        return 'a';
      }

      @Override
      public int read(byte[] b, int off, int len) {
        return len;
      }
    };
  }

  @Test
  void aBodyMayTakeAnEighthOfTheHeapWithoutALimitToo() throws IOException {
    Workspace.Budget budget = Workspace.Budget.of(32 * MIB);
    Workspace small = new Workspace(budget);
    small.read(new ByteArrayInputStream(bytes((int) (4 * MIB - 1))), false, 0);
    assertThat(small.bodyLength).isEqualTo(4 * MIB - 1);
    for (boolean gzip : new boolean[] {false, true}) {
      InputStream body =
          gzip ? new ByteArrayInputStream(Fakes.gzip(new byte[40_000_000])) : endless();
      assertThatThrownBy(() -> small.read(body, gzip, 0))
          .isInstanceOf(Workspace.BodyTooLargeException.class)
          .hasMessage(
              "cannot read the body: it is too large for the memory of this process; got more than"
                  + " 4194304 bytes, want less (set body_size_limit, or give the process a larger"
                  + " heap)");
      assertThat(small.body.length).isEqualTo((int) (4 * MIB));
    }
    assertThat(Workspace.Budget.of(1L << 40)).isNotNull();
  }

  @Test
  void allBodiesTogetherMayTakeAQuarter() throws IOException {
    Workspace.Budget budget = Workspace.Budget.of(32 * MIB);
    Workspace.Pool pool = new Workspace.Pool(8, budget);
    Workspace a = pool.take();
    Workspace b = pool.take();
    a.read(new ByteArrayInputStream(bytes((int) (3 * MIB))), false, 0);
    assertThatThrownBy(() -> b.read(endless(), false, 0))
        .isInstanceOf(Workspace.BodyTooLargeException.class)
        .hasMessageStartingWith(
            "cannot read the body: bodies of all scrapes together take too much memory; got more"
                + " than 8388608 bytes");
    pool.giveBack(a);
    pool.giveBack(b);
    assertThat(budget.used()).isLessThanOrEqualTo(2 * MIB);
    Workspace c = pool.take();
    c.read(new ByteArrayInputStream(bytes((int) (3 * MIB))), false, 0);
    pool.giveBack(c);
    pool.close();
    assertThat(budget.used()).isZero();
  }

  @Test
  void theLargestBodyGoesWhereThereIsNotEnoughForAll() throws IOException {
    Workspace.Budget budget = new Workspace.Budget(16 * MIB, 12 * MIB, MIB);
    Workspace.Pool pool = new Workspace.Pool(8, budget);
    Workspace hostile = pool.take();
    Workspace modest = pool.take();
    InputStream endless = endless();
    boolean[] grown = new boolean[1];
    InputStream meanwhile =
        new InputStream() {
          @Override
          public int read() {
            throw new UnsupportedOperationException();
          }

          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            if (hostile.bodyLength > 4 * MIB && !grown[0]) {
              grown[0] = true;
              modest.read(new ByteArrayInputStream(bytes((int) (2 * MIB))), false, 0);
            }
            return endless.read(target, offset, length);
          }
        };
    assertThatThrownBy(() -> hostile.read(meanwhile, false, 0))
        .isInstanceOf(Workspace.BodyTooLargeException.class)
        .hasMessageContaining("bodies of all scrapes together take too much memory");
    assertThat(modest.bodyLength).isEqualTo(2 * MIB);
    pool.giveBack(hostile);
    pool.giveBack(modest);
    pool.close();
    assertThat(budget.used()).isZero();
    Workspace again = pool.take();
    again.read(new ByteArrayInputStream(bytes((int) MIB)), false, 0);
    assertThat(again.bodyLength).isEqualTo(MIB);
  }

  @Test
  void usesTheArraysOfALargeBodyAgainUntilTheyAreNotNeededOrInTheWay() throws IOException {
    AtomicLong nanos = new AtomicLong();
    Workspace.Budget budget = new Workspace.Budget(64 * MIB, 128 * MIB, MIB, nanos::get);
    Workspace.Pool pool = new Workspace.Pool(8, budget, nanos::get);
    byte[] first = null;
    for (int i = 0; i < 3; i++) {
      Workspace w = pool.take();
      w.read(new ByteArrayInputStream(bytes((int) (20 * MIB) + 2 - i)), false, 0);
      assertThat(w.body.length - 20L * MIB).as("no more than is needed").isBetween(0L, 2L);
      first = first == null ? w.body : first;
      assertThat(w.body).isSameAs(first);
      pool.giveBack(w);
      assertThat(budget.spared()).isLessThanOrEqualTo(64 * MIB).isGreaterThan(20 * MIB);
      assertThat(budget.used()).isEqualTo(pool.idleBytes());
      nanos.addAndGet(10_000_000_000L);
    }
    Workspace large = pool.take();
    large.read(new ByteArrayInputStream(bytes((int) (63 * MIB))), false, 0);
    assertThat(budget.used() + budget.spared()).isLessThanOrEqualTo(128 * MIB);
    pool.giveBack(large);

    nanos.addAndGet(31_000_000_000L);
    pool.giveBack(pool.take());
    assertThat(budget.spared()).as("after half a minute").isZero();
    pool.close();
    assertThat(budget.used()).isZero();
  }

  @Test
  void keepsNoLargeBuffersThatNobodyUses() throws IOException {
    Workspace.Budget budget = Workspace.Budget.of(256 * MIB);
    Workspace.Pool pool = new Workspace.Pool(64, budget);
    for (int size : new int[] {(int) (16 * MIB), (int) MIB}) {
      java.util.List<Workspace> lent = new java.util.ArrayList<>();
      for (int i = 0; i < 19; i++) {
        Workspace w = pool.take();
        lent.add(w);
        if (size <= MIB || i == 0) {
          w.read(new ByteArrayInputStream(bytes(size - 100)), false, 0);
        }
      }
      lent.forEach(pool::giveBack);
      assertThat(lent).allMatch(w -> w.body.length <= MIB);
      assertThat(pool.idleBytes()).isLessThanOrEqualTo(4 * MIB).isEqualTo(budget.used());
    }
    assertThat(pool.idleBytes()).as("some are kept").isGreaterThan(2 * MIB);
    pool.close();
    assertThat(budget.used()).isZero();
    assertThat(pool.idleBytes()).isZero();
  }

  @Test
  void saysWhatIsWrongWithGzip() {
    byte[] good = Fakes.gzip(bytes(1000));
    assertThatThrownBy(() -> work.read(new ByteArrayInputStream(new byte[0]), true, 0))
        .hasMessage("EOF");
    assertThatThrownBy(() -> work.read(new ByteArrayInputStream(Arrays.copyOf(good, 5)), true, 0))
        .hasMessage("unexpected EOF");
    assertThatThrownBy(() -> work.read(new ByteArrayInputStream(bytes(100)), true, 0))
        .hasMessage("gzip: invalid header");
    assertThatThrownBy(() -> work.read(new ByteArrayInputStream(Arrays.copyOf(good, 500)), true, 0))
        .hasMessage("unexpected EOF");
    byte[] damaged = good.clone();
    damaged[good.length - 6] ^= 1;
    assertThatThrownBy(() -> work.read(new ByteArrayInputStream(damaged), true, 0))
        .hasMessage("gzip: invalid checksum");
  }

  @Test
  void damagedGzipNeverThrowsAnythingElse() {
    byte[] good = Fakes.gzip(bytes(2000));
    Random random = new Random(3);
    for (int i = 0; i < 5000; i++) {
      byte[] damaged = good.clone();
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      try {
        work.read(new ByteArrayInputStream(damaged), true, 100_000);
      } catch (IOException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
  }

  @Test
  void thoseThatWereNotNeededForAWhileAreDropped() {
    long[] now = {0};
    Workspace.Pool pool = new Workspace.Pool(8, AMPLE, () -> now[0]);
    java.util.List<Workspace> burst = new java.util.ArrayList<>();
    for (int i = 0; i < 8; i++) {
      burst.add(pool.take());
    }
    burst.forEach(pool::giveBack);
    assertThat(pool.idle()).isEqualTo(8);
    for (int second = 0; second < 90; second++) {
      now[0] += 1_000_000_000L;
      Workspace a = pool.take();
      Workspace b = pool.take();
      pool.giveBack(a);
      pool.giveBack(b);
    }
    assertThat(pool.idle()).as("two at a time are needed").isEqualTo(2);
    pool.close();
  }

  @Test
  void areLentAgain() {
    Workspace.Pool pool = new Workspace.Pool(1, AMPLE);
    Workspace a = pool.take();
    Workspace b = pool.take();
    assertThat(a).isNotSameAs(b);
    pool.giveBack(a);
    pool.giveBack(b);
    assertThat(pool.take()).isSameAs(a);
    assertThat(pool.take()).isNotSameAs(b);
    pool.close();
  }
}
