package io.narthex.ingest.remotewrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendError;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.KeyedAppender;
import io.narthex.api.storage.SeriesKey;
import io.narthex.api.storage.StorageException;
import io.narthex.api.wire.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TransactionTest {
  /** Takes keys only, notes what it is given, and knows no reference below {@link #forgotten}. */
  private static final class Recording implements KeyedAppender {
    final List<String> given = new ArrayList<>();
    final List<String> metadata = new ArrayList<>();
    long forgotten;
    private long next = 1;

    @Override
    public long series(SeriesKey key) {
      given.add(key.toString());
      return next++;
    }

    @Override
    public long series(Labels labels) {
      throw new AssertionError("asked by strings");
    }

    @Override
    public void append(AppendBatch batch, AppendErrors errors) {
      for (int i = 0; i < batch.size; i++) {
        if (batch.series[i] < forgotten) {
          errors.add(i, AppendError.UNKNOWN_SERIES);
        } else {
          given.add(
              batch.series[i]
                  + " "
                  + batch.timestamps[i]
                  + " "
                  + batch.values[i]
                  + " "
                  + batch.startTimestamp(i));
        }
      }
    }

    @Override
    public @Nullable AppendError appendExemplar(long series, Exemplar exemplar) {
      return null;
    }

    @Override
    public void updateMetadata(long series, Metadata of) {
      metadata.add(series + " " + of);
    }

    @Override
    public void commit() {}

    @Override
    public void rollback() {}
  }

  private final Recording appender = new Recording();
  private final Transaction transaction = new Transaction();
  private final KnownSeries known = new KnownSeries(appender, new Random(), 1 << 10);

  private void readOne(Message request) throws Exception {
    VersionOne reader = new VersionOne();
    byte[] bytes = request.toBytes();
    transaction.begin(appender, reader, 1_000, 0, true);
    reader.read(bytes, bytes.length, transaction, known);
  }

  private static Message one(String name, long time) {
    return Messages.labels(new Message(), "__name__", name).message(2, Messages.sample(1, time));
  }

  @Test
  void asksByBytesAndHandsOverBatches() throws Exception {
    readOne(new Message().message(1, one("a", 1)).message(1, one("b", 2)));

    assertThat(appender.given)
        .containsExactly("{__name__=\"a\"}", "{__name__=\"b\"}", "1 1 1.0 0", "2 2 1.0 0");
    assertThat(transaction.samples).isEqualTo(2);
  }

  @Test
  void asksOnceMoreForSeriesThatWereForgotten() throws Exception {
    appender.forgotten = 3;
    readOne(new Message().message(1, one("a", 1)).message(1, one("b", 2)).message(1, one("c", 3)));

    assertThat(appender.given)
        .containsExactly(
            "{__name__=\"a\"}",
            "{__name__=\"b\"}",
            "{__name__=\"c\"}",
            "3 3 1.0 0",
            "{__name__=\"a\"}",
            "{__name__=\"b\"}",
            "4 1 1.0 0",
            "5 2 1.0 0");
    assertThat(transaction.samples).isEqualTo(3);
    assertThat(transaction.problems()).isZero();
  }

  @Test
  void asksForAKnownSeriesOnceOnly() throws Exception {
    Message request =
        new Message()
            .message(1, one("a_series_with_a_name", 1))
            .message(1, one("a_series_with_a_name", 2));
    readOne(request);
    readOne(request);

    String series = "{__name__=\"a_series_with_a_name\"}";
    assertThat(appender.given)
        .containsExactly(series, "1 1 1.0 0", "1 2 1.0 0", "1 1 1.0 0", "1 2 1.0 0");
    appender.given.clear();
    appender.forgotten = 2;
    readOne(request);
    assertThat(appender.given).containsExactly(series, series, "2 1 1.0 0", "3 2 1.0 0");
    appender.given.clear();
    readOne(request);
    assertThat(appender.given).hasSize(3).contains(series);
  }

  @Test
  void givesUpWhenSeriesAreForgottenAgain() {
    appender.forgotten = Long.MAX_VALUE;

    assertThatExceptionOfType(StorageException.class)
        .isThrownBy(() -> readOne(new Message().message(1, one("a", 1))))
        .withMessage("unknown series just after it was made");
  }

  @Test
  void handsOverStartTimestampsAndMetadata() throws Exception {
    VersionTwo reader = new VersionTwo();
    byte[] bytes =
        new Message()
            .text(4, "")
            .text(4, "__name__")
            .text(4, "up")
            .text(4, "Help.")
            .message(
                5,
                new Message()
                    .packed(1, 1, 2)
                    .message(2, Messages.sample(1, 10).varint(3, 5))
                    .message(2, Messages.sample(2, 11))
                    .message(5, new Message().varint(1, 2).varint(3, 3))
                    .varint(6, 7))
            .toBytes();
    transaction.begin(appender, reader, 1_000, 0, false);
    reader.read(bytes, bytes.length, transaction, false, true);

    assertThat(appender.given).containsExactly("{__name__=\"up\"}", "1 10 1.0 5", "1 11 2.0 7");
    assertThat(appender.metadata).containsExactly("1 Metadata[type=GAUGE, help=Help., unit=]");
  }

  @Test
  void handsOverManySamplesInPieces() throws Exception {
    Message series = Messages.labels(new Message(), "__name__", "a");
    for (int i = 0; i < 10_000; i++) {
      series.message(2, Messages.sample(i, i % 1_001));
    }
    readOne(new Message().message(1, series));

    assertThat(appender.given).hasSize(10_001);
    assertThat(appender.given.get(9_000)).isEqualTo("1 " + 8_999 % 1_001 + " 8999.0 0");
  }
}
