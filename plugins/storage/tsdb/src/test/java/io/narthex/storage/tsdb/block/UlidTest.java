package io.narthex.storage.tsdb.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class UlidTest {
  @Test
  void readsAndPrintsTheTextForm() {
    Ulid ulid = Objects.requireNonNull(Ulid.parse("01BZJ9WJQPWHGNC2W4J9TA62KC"));
    assertThat(ulid).hasToString("01BZJ9WJQPWHGNC2W4J9TA62KC");
    assertThat(ulid.time()).isEqualTo(1511369100022L);
    assertThat(Ulid.parse("01bzj9wjqpwhgnc2w4j9ta62kc")).isEqualTo(ulid);
    assertThat(Ulid.parse("7ZZZZZZZZZZZZZZZZZZZZZZZZZ")).isEqualTo(new Ulid(-1, -1));
  }

  @Test
  void isNothingElse() {
    for (String text :
        new String[] {
          "",
          "wal",
          "chunks_head",
          "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
          "01BZJ9WJQPWHGNC2W4J9TA62K",
          "01BZJ9WJQPWHGNC2W4J9TA62KCC",
          "01BZJ9WJQPWHGNC2W4J9TA62KU",
          "01BZJ9WJQPWHGNC2W4J9TA62K\u017f"
        }) {
      assertThat(Ulid.parse(text)).as(text).isNull();
    }
  }

  @Test
  void sortsAsItsTextDoes() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 1000; i++) {
      Ulid a = new Ulid(random.nextLong(), random.nextLong());
      Ulid b = new Ulid(random.nextBoolean() ? a.high() : random.nextLong(), random.nextLong());
      assertThat(Integer.signum(a.compareTo(b)))
          .as("seed %s: %s and %s", seed, a, b)
          .isEqualTo(Integer.signum(a.toString().compareTo(b.toString())));
      assertThat(Ulid.parse(a.toString())).as("seed %s", seed).isEqualTo(a);
    }
  }

  @Test
  void generatedOnesAscendEvenWhenTheClockGoesBack() {
    AtomicLong now = new AtomicLong(1000);
    UlidGenerator generator =
        new UlidGenerator(() -> Instant.ofEpochMilli(now.get()), new Random(1));
    Ulid last = generator.next();
    assertThat(last.time()).isEqualTo(1000);
    for (long time : new long[] {1000, 1000, 900, 1001, 2000, 1999}) {
      now.set(time);
      Ulid next = generator.next();
      assertThat(next).isGreaterThan(last);
      last = next;
    }
    assertThat(last.time()).isEqualTo(2000);
  }
}
