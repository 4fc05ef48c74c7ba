package io.narthex.storage.tsdb.postings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class BitmapTest {
  @Test
  void anEmptySetHasNothing() {
    Bitmap set = new Bitmap();
    assertThat(set.isEmpty()).isTrue();
    assertThat(set.size()).isZero();
    assertThat(set.contains(0)).isFalse();
    assertThat(set.toArray()).isEmpty();
    assertThat(set.or(set).and(set).andNot(set).toArray()).isEmpty();
  }

  @Test
  void idsAreUnsigned() {
    Bitmap set = Bitmap.of(-1, 0, Integer.MIN_VALUE, Integer.MAX_VALUE, 5);
    assertThat(set.toArray()).containsExactly(0, 5, Integer.MAX_VALUE, Integer.MIN_VALUE, -1);
    for (int i = 100; i < 200; i++) {
      set.add(i << 20);
    }
    TreeSet<Integer> model = new TreeSet<>(Integer::compareUnsigned);
    for (int id : set.toArray()) {
      model.add(id);
    }
    assertThat(set.toArray()).containsExactly(array(model)).hasSize(105);
  }

  @Test
  void behavesAsATreeSet() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 150; round++) {
      TreeSet<Integer> x = new TreeSet<>(Integer::compareUnsigned);
      TreeSet<Integer> y = new TreeSet<>(Integer::compareUnsigned);
      Bitmap a = fill(random, x);
      Bitmap b = fill(random, y);
      String at = "seed " + seed + " round " + round;
      check(at, a, x);
      check(at, b, y);
      TreeSet<Integer> both = new TreeSet<>(x);
      both.retainAll(y);
      check(at, a.and(b), both);
      check(at, b.and(a), both);
      assertThat(a.intersects(b)).as(at).isEqualTo(!both.isEmpty());
      assertThat(b.intersects(a)).as(at).isEqualTo(!both.isEmpty());
      TreeSet<Integer> either = new TreeSet<>(x);
      either.addAll(y);
      check(at, a.or(b), either);
      check(at, Bitmap.orMany(List.of(a, b, new Bitmap())), either);
      TreeSet<Integer> left = new TreeSet<>(x);
      left.removeAll(y);
      check(at, a.andNot(b), left);
      // The operations left their arguments alone, and what they gave is independent.
      Bitmap c = a.copy();
      c.add(random.nextInt());
      c.or(b).add(77);
      check(at, a, x);
      check(at, b, y);
    }
  }

  @Test
  void aUnionTakesSinglesInAnyOrder() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int n : new int[] {0, 1, 33, 5_000, 200_000}) {
      for (int bound : new int[] {1 << 10, 1 << 20, 1 << 30}) {
        BitmapUnion union = new BitmapUnion();
        TreeSet<Integer> model = new TreeSet<>(Integer::compareUnsigned);
        for (int i = 0; i < n; i++) {
          int id = random.nextInt(bound) - bound / 4;
          union.add(id);
          model.add(id);
        }
        check("seed " + seed + " n " + n, union.build(), model);
      }
    }
  }

  /**
   * The reader checks that every id below a published mark is there, in order, without strangers.
   */
  @Test
  void aReaderBesideTheWriterSeesAValidSet() throws InterruptedException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 60_000; i++) {
      // Mostly ascending with jumps and steps back: appending, inserting, new containers.
      order.add(i % 100 == 0 ? random.nextInt(1 << 20) : i + (i % 3 == 0 ? 0x18000 : 0));
    }
    Bitmap set = new Bitmap();
    AtomicInteger done = new AtomicInteger();
    AtomicReference<String> wrong = new AtomicReference<>();
    TreeSet<Integer> all = new TreeSet<>(order);
    Thread reader =
        Thread.ofPlatform()
            .start(() -> {
              Bitmap everything = Bitmap.of(array(all));
              int from = 0;
              while (wrong.get() == null) {
                int mark = done.get();
                int[] seen = set.toArray();
                Bitmap same = set.and(everything);
                for (int i = 0; i < seen.length; i++) {
                  if (i > 0 && seen[i] <= seen[i - 1]) {
                    wrong.set("not ascending at " + i);
                  } else if (!all.contains(seen[i])) {
                    wrong.set("a stranger: " + seen[i]);
                  }
                }
                Bitmap found = Bitmap.of(seen);
                for (int i = from; i < mark; i++) {
                  int id = order.get(i);
                  if (!found.contains(id) || !same.contains(id) || !set.contains(id)) {
                    wrong.set("id " + id + " is lost");
                  }
                }
                if (mark == order.size()) {
                  return;
                }
                from = Math.max(0, mark - 2000);
              }
            });
    for (int i = 0; i < order.size(); i++) {
      set.add(order.get(i));
      done.set(i + 1);
    }
    reader.join();
    assertThat(wrong.get()).as("seed %d", seed).isNull();
    assertThat(set.toArray()).containsExactly(array(all));
  }

  private static Bitmap fill(Random random, TreeSet<Integer> model) {
    Bitmap set = new Bitmap();
    int runs = random.nextInt(6);
    for (int r = 0; r < runs; r++) {
      int base = random.nextInt(4) * 0x10000 + random.nextInt(0x8000) - 0x10000;
      int n = random.nextInt(random.nextBoolean() ? 20 : 9_000);
      int step = 1 + random.nextInt(3);
      boolean shuffled = random.nextInt(4) == 0;
      for (int i = 0; i < n; i++) {
        int id = base + (shuffled ? random.nextInt(0x10000) : i * step);
        set.add(id);
        model.add(id);
      }
    }
    return set;
  }

  private static int[] array(TreeSet<Integer> model) {
    return model.stream().mapToInt(Integer::intValue).toArray();
  }

  private static void check(String at, Bitmap set, TreeSet<Integer> model) {
    int[] want = array(model);
    assertThat(set.toArray()).as(at).isEqualTo(want);
    assertThat(set.size()).as(at).isEqualTo(want.length);
    assertThat(set.isEmpty()).as(at).isEqualTo(want.length == 0);
    int[] seen = new int[want.length];
    int[] n = new int[1];
    set.forEach(id -> seen[n[0]++] = id);
    assertThat(seen).as(at).isEqualTo(want);
    for (int i = 0; i < 50; i++) {
      int id = (i * 7919 & 0x3ffff) - 0x10000;
      assertThat(set.contains(id)).as(at).isEqualTo(model.contains(id));
    }
    assertThat(set.copy().toArray()).as(at).isEqualTo(want);
  }
}
