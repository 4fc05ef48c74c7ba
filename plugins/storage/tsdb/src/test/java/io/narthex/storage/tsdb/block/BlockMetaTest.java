package io.narthex.storage.tsdb.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.storage.tsdb.file.CorruptionException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockMetaTest {
  private static final Path PATH = Path.of("meta.json");

  private static BlockMeta parse(String json) throws CorruptionException {
    return BlockMeta.parse(PATH, json.getBytes(StandardCharsets.UTF_8), 1);
  }

  @Test
  void goldenFilesAreWrittenAsTheyWere() throws IOException {
    for (Path block : TestBlocks.blocks("golden/data")) {
      byte[] content = Files.readAllBytes(block.resolve("meta.json"));
      assertThat(BlockMeta.parse(PATH, content, 1).toJson()).asString().isEqualTo(text(content));
    }
  }

  private static String text(byte[] content) {
    return new String(content, StandardCharsets.UTF_8);
  }

  private static final String ALL =
      """
      {
      	"ulid": "01M7XEZPPBKJ5VD3KKY5YDEVJQ",
      	"minTime": -5,
      	"maxTime": 9223372036854775807,
      	"stats": {
      		"numSamples": 6,
      		"numFloatSamples": 1,
      		"numHistogramSamples": 5,
      		"numSeries": 3,
      		"numChunks": 4,
      		"numTombstones": 7,
      		"numBits": 9
      	},
      	"compaction": {
      		"level": 3,
      		"sources": [
      			"01M7XEZPQ3R2N87S92JG1PSC86",
      			"01M7XEZPX4YN1YDEJHVTG4F56V"
      		],
      		"deletable": true,
      		"parents": [
      			{
      				"ulid": "01M7XEZPQ3R2N87S92JG1PSC86",
      				"minTime": 1,
      				"maxTime": 2
      			}
      		],
      		"failed": true,
      		"hints": [
      			"from-out-of-order"
      		],
      		"more": []
      	},
      	"version": 1,
      	"thanos": {
      		"labels": {
      			"replica": "ä"
      		},
      		"downsample": {
      			"resolution": 0
      		},
      		"rate": 1.50
      	}
      }\
      """;

  @Test
  void keepsWhatItDoesNotKnow() throws IOException {
    BlockMeta meta = parse(ALL);
    assertThat(meta.minTime()).isEqualTo(-5);
    assertThat(meta.maxTime()).isEqualTo(Long.MAX_VALUE);
    assertThat(meta.stats()).isEqualTo(new BlockMeta.Stats(6, 1, 5, 3, 4, 7));
    BlockMeta.Compaction c = meta.compaction();
    assertThat(c.level()).isEqualTo(3);
    assertThat(c.sources()).hasSize(2);
    assertThat(c.parents()).isEqualTo(List.of(new BlockMeta.Parent(c.sources().get(0), 1, 2)));
    assertThat(c.deletable()).isTrue();
    assertThat(c.failed()).isTrue();
    assertThat(c.outOfOrder()).isTrue();
    assertThat(c.staleSeries()).isFalse();
    assertThat(text(meta.toJson())).isEqualTo(ALL.replace("1.50", "1.5"));
    BlockMeta changed = parse(text(meta.withStats(meta.stats().withTombstones(8)).toJson()));
    assertThat(changed.stats().tombstones()).isEqualTo(8);
    assertThat(text(changed.toJson())).contains("\"replica\": \"ä\"");
  }

  @Test
  void knowsWhichTimesItOverlaps() {
    BlockMeta meta =
        BlockMeta.of(TestBlocks.ULID, 10, 20, BlockMeta.Compaction.first(TestBlocks.ULID));
    assertThat(meta.overlaps(0, 9)).isFalse();
    assertThat(meta.overlaps(0, 10)).isTrue();
    assertThat(meta.overlaps(19, 30)).isTrue();
    assertThat(meta.overlaps(20, 30)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "null",
        "{\"version\":2,\"ulid\":\"01M7XEZPPBKJ5VD3KKY5YDEVJQ\"}",
        "{\"version\":1}",
        "{\"version\":1,\"ulid\":\"x\"}",
        "{\"version\":1,\"ulid\":5}",
        "{\"version\":1,\"ulid\":\"01M7XEZPPBKJ5VD3KKY5YDEVJQ\",\"minTime\":1.5}",
        "{\"version\":1,\"ulid\":\"01M7XEZPPBKJ5VD3KKY5YDEVJQ\",\"minTime\":9223372036854775808}",
        "{\"version\":1,\"ulid\":\"01M7XEZPPBKJ5VD3KKY5YDEVJQ\",\"compaction\":{\"sources\":5}}",
        "{\"version\":1,\"ulid\":\"01M7XEZPPBKJ5VD3KKY5YDEVJQ\",\"compaction\":{\"failed\":5}}",
        "{\"version\":1,\"ulid\":\"01M7XEZPPBKJ5VD3KKY5YDEVJQ\",\"compaction\":{\"hints\":[5]}}",
      })
  void nonsenseIsNamed(String json) {
    assertThatThrownBy(() -> parse(json))
        .isInstanceOf(CorruptionException.class)
        .hasMessageContaining("meta.json");
  }

  @Test
  void damageIsNamed() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    byte[] good = ALL.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < 3000; i++) {
      byte[] bad =
          random.nextInt(4) == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
      for (int flips = random.nextInt(4); flips > 0 && bad.length > 0; flips--) {
        bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      }
      try {
        BlockMeta.parse(PATH, bad, 1).toJson();
      } catch (CorruptionException e) {
        assertThat(e.file()).as("seed %s", seed).isEqualTo(PATH);
      } catch (RuntimeException e) {
        throw new AssertionError(
            "seed " + seed + ": " + new String(bad, StandardCharsets.UTF_8), e);
      }
    }
  }
}
