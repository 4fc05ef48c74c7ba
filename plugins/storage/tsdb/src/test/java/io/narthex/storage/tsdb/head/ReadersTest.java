package io.narthex.storage.tsdb.head;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Matcher;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.storage.tsdb.file.RealDisk;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.Part;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readers that have begun while the head changes. */
class ReadersTest {
  private static final long T0 = 1_700_002_800_000L;
  private static final long HOUR = Duration.ofHours(1).toMillis();

  @TempDir private Path directory;
  private Head head;

  @BeforeEach
  void open() throws Exception {
    head = HeadFixture.open(new RealDisk(), directory, HeadOptions.defaults());
  }

  @AfterEach
  void close() throws Exception {
    head.close();
  }

  private void commit(String metric, long time) throws Exception {
    AppendBatch batch = new AppendBatch(1);
    AppendErrors errors = new AppendErrors();
    try (Appender appender = head.appender(AppendOptions.DEFAULT)) {
      batch.add(appender.series(io.narthex.api.model.Labels.of("__name__", metric)), time, 1);
      appender.append(batch, errors);
      appender.commit();
    }
    assertThat(errors.isEmpty()).isTrue();
  }

  @Test
  void aReaderKeepsTheRangeThatItBeganWith() throws Exception {
    commit("a", T0);
    commit("a", T0 + 4 * HOUR);
    Part part = head.part(Long.MIN_VALUE, Long.MAX_VALUE);
    Thread truncation =
        Thread.ofVirtual()
            .start(() -> {
              try {
                head.compactable().forget(T0 + 2 * HOUR);
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    while (head.minTime() == T0) {
      Thread.onSpinWait();
    }
    // The truncation waits for the part now, which does not see the block.
    assertThat(part.minTime()).isEqualTo(T0);
    ChunkList chunks = new ChunkList();
    part.chunks(
        part.select(List.of(Matcher.equal("__name__", "a"))).toArray()[0], T0, T0 + HOUR, chunks);
    assertThat(chunks.size).isEqualTo(1);
    part.close();
    truncation.join();
    assertThat(head.minTime()).isEqualTo(T0 + 4 * HOUR);
  }

  @Test
  void theHeadDoesNotBeginBehindASampleThatIsCommittedWhileItsBeginningIsSought() throws Exception {
    commit("a", T0 + 2 * HOUR);
    commit("a", T0 + 3 * HOUR);
    head.setMinTime(T0 + 2 * HOUR);
    head.beginMinTime();
    // The series that has just been looked at, or one that was not there.
    commit("b", T0 + 2 * HOUR + HOUR / 2);
    head.endMinTime(T0 + 3 * HOUR);
    assertThat(head.minTime()).isEqualTo(T0 + 2 * HOUR + HOUR / 2);
  }

  @Test
  void whatIsRemovedStaysForAReaderThatBeganDuringTheRemoval() {
    Readers readers = new Readers();
    Readers.Limbo<String> limbo = new Readers.Limbo<>();
    Readers.Ticket[] ticket = new Readers.Ticket[1];
    limbo.add(
        readers,
        () -> {
          ticket[0] = readers.open();
          return "series";
        });
    assertThat(limbo.poll(readers)).isNull();
    ticket[0].close();
    assertThat(limbo.poll(readers)).isEqualTo("series");
  }
}
