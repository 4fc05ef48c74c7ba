package io.narthex.storage.tsdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.storage.tsdb.block.BlockMeta;
import io.narthex.storage.tsdb.block.Ulid;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UploadsTest {
  private static final String ID = "01BX5ZZKBKACTAV9WEVGEMMVRZ";

  @TempDir Path directory;
  private Instant now = Instant.EPOCH;
  private final Clock clock =
      new Clock() {
        @Override
        public ZoneId getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          return this;
        }

        @Override
        public Instant instant() {
          return now;
        }
      };

  private static BlockMeta block(int level) {
    Ulid ulid = Objects.requireNonNull(Ulid.parse(ID));
    BlockMeta.Compaction first = BlockMeta.Compaction.first(ulid);
    return BlockMeta.of(
        ulid,
        0,
        1,
        level == 1
            ? first
            : new BlockMeta.Compaction(
                level,
                first.sources(),
                first.deletable(),
                first.parents(),
                first.failed(),
                first.hints()));
  }

  private Uploads uploads(String json) throws IOException {
    Files.writeString(directory.resolve("meta.json"), json);
    return new Uploads(directory.resolve("meta.json"), clock);
  }

  @Test
  void holdsBackBlocksThatAreNotUploaded() throws IOException {
    assertThat(uploads("{\"uploaded\": [\"" + ID + "\"]}").test(block(1))).isFalse();
    assertThat(uploads("{\"uploaded\": [\"other\"]}").test(block(1))).isTrue();
    assertThat(uploads("{\"version\": 1}").test(block(1))).isTrue();
  }

  @Test
  void looksAtTheFileOnceAMinute() throws IOException {
    Uploads uploads = uploads("{\"uploaded\": []}");
    assertThat(uploads.test(block(1))).isTrue();
    Files.writeString(directory.resolve("meta.json"), "{\"uploaded\": [\"" + ID + "\"]}");
    now = now.plusSeconds(60);
    assertThat(uploads.test(block(1))).isTrue();
    now = now.plusMillis(1);
    assertThat(uploads.test(block(1))).isFalse();
  }

  @Test
  void letsLargerBlocksThrough() throws IOException {
    assertThat(uploads("{\"uploaded\": []}").test(block(2))).isFalse();
  }

  @Test
  void holdsBackNothingWhileTheFileCannotBeRead() throws IOException {
    assertThat(new Uploads(directory.resolve("missing"), clock).test(block(1))).isFalse();
    assertThat(uploads("{").test(block(1))).isFalse();
  }
}
