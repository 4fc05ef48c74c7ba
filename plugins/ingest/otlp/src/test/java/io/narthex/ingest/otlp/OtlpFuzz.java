package io.narthex.ingest.otlp;

import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendError;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.KeyedAppender;
import io.narthex.api.storage.SeriesKey;
import io.narthex.api.storage.StorageException;
import io.narthex.api.web.MemoryBudget;
import io.narthex.api.wire.MalformedException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Fuzzes both readers: whatever the bytes are, a {@link MalformedException} or problems that are
 * told are all that may happen besides samples, each of a series whose labels are UTF-8. Needs no
 * Jazzer, so that {@link HostileInputTest} runs it in every build; Jazzer goes further.
 */
public final class OtlpFuzz {
  private OtlpFuzz() {}

  /** Looks at what it is given, and forgets it. */
  static final class Watcher implements KeyedAppender {
    int samples;

    @Override
    public long series(SeriesKey key) throws StorageException {
      if (key.size() == 0) {
        throw new StorageException(StorageException.Kind.BAD_REQUEST, "no labels");
      }
      SeriesKey again = new SeriesKey();
      again.set(key.toLabels());
      if (!Arrays.equals(again.bytes(), 0, again.length(), key.bytes(), 0, key.length())) {
        throw new AssertionError("labels that are no UTF-8 or out of order: " + key);
      }
      return key.length();
    }

    @Override
    public long series(Labels labels) {
      throw new AssertionError();
    }

    @Override
    public void append(AppendBatch batch, AppendErrors errors) {
      samples += batch.size;
    }

    @Override
    public @Nullable AppendError appendExemplar(long series, Exemplar exemplar) {
      return null;
    }

    @Override
    public void updateMetadata(long series, Metadata metadata) {}

    @Override
    public void commit() {}

    @Override
    public void rollback() {}
  }

  /** Jazzer's entry. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    read(Arrays.copyOfRange(input, 1, input.length), input[0]);
  }

  /**
   * Reads a message.
   *
   * @param choice bits: JSON, another strategy, native histograms, deltas, two kinds of them
   * @return how many samples it has brought
   */
  static int read(byte[] data, int choice) {
    OtlpConfig config =
        OtlpReceiverTest.config(
            (choice & 2) != 0
                ? "NoTranslation"
                : (choice & 4) != 0 ? "convert_histograms_to_nhcb" : "promote_scope_metadata");
    TranslatorSettings settings =
        new TranslatorSettings(
            config,
            new Names(config),
            (choice & 8) != 0,
            (choice & 16) != 0,
            (choice & 16) == 0,
            new DeltaStreams(),
            300_000,
            Server.NOW);
    Translator translator = new Translator(7, settings);
    Transaction transaction = new Transaction();
    Watcher watcher = new Watcher();
    transaction.begin(watcher, Long.MAX_VALUE, data.length, true);
    byte[] message = data;
    int length = data.length;
    try {
      if ((choice & 1) != 0) {
        Buffer rewritten = new Buffer(new MemoryBudget(1 << 28));
        length = new JsonRequest().rewrite(data, data.length, rewritten);
        message = rewritten.bytes;
      }
      translator.read(message, length, settings, transaction);
    } catch (MalformedException | StorageException | Workspace.NoRoomException e) {
      if (String.valueOf(e.getMessage()).isEmpty()) {
        throw new AssertionError("a refusal without a reason", e);
      }
    }
    return watcher.samples;
  }
}
