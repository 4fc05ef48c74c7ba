package io.narthex.api.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class ProtobufWriterTest {
  private final ProtobufWriter writer = new ProtobufWriter();

  @Test
  void writesFieldsAsTheFormatSays() {
    ProtobufWriter nested = new ProtobufWriter();
    nested.number(1, 7);
    writer.number(1, 300);
    writer.number(6, -1);
    writer.signed(5, -3);
    writer.real(2, -0.0);
    writer.text(3, "\u00e4b");
    writer.text(3, "plain");
    writer.bytes(9, new byte[] {1, 2, 3}, 2);
    writer.message(16, nested);
    writer.add(nested);

    assertThat(writer.toBytes())
        .isEqualTo(
            new Message()
                .varint(1, 300)
                .varint(6, -1)
                .zigzag(5, -3)
                .float64(2, -0.0)
                .text(3, "\u00e4b")
                .text(3, "plain")
                .raw(9 << 3 | 2, 2, 1, 2)
                .message(16, new Message().varint(1, 7))
                .varint(1, 7)
                .toBytes());
  }

  @Test
  void leavesOutWhatAReaderTakesForGranted() {
    writer.numberUnlessZero(1, 0);
    writer.realUnlessZero(2, 0);
    writer.textUnlessEmpty(3, "");
    assertThat(writer.size()).isZero();
    writer.numberUnlessZero(1, 1);
    writer.realUnlessZero(2, -0.0);
    writer.textUnlessEmpty(3, "x");
    assertThat(writer.toBytes())
        .isEqualTo(new Message().varint(1, 1).float64(2, -0.0).text(3, "x").toBytes());
  }

  @Test
  void growsAndIsUsedAgain() throws Exception {
    byte[] large = new byte[100_000];
    large[99_999] = 5;
    for (int round = 0; round < 2; round++) {
      writer.raw(large, 0, large.length);
      writer.varint(3);
      assertThat(writer.size()).isEqualTo(100_001);
      assertThat(writer.toBytes()).endsWith(5, 3);
      byte[] part = new byte[4];
      assertThat(writer.copy(99_999, part, 1, 3)).isEqualTo(2);
      assertThat(part).containsExactly(0, 5, 3, 0);
      CRC32C written = new CRC32C();
      writer.addTo(written);
      CRC32C expected = new CRC32C();
      expected.update(writer.toBytes());
      assertThat(written.getValue()).isEqualTo(expected.getValue());
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      writer.drainInto(out);
      assertThat(out.size()).isEqualTo(100_001);
      assertThat(writer.size()).isZero();
    }
    assertThatThrownBy(() -> writer.raw(large, 99_999, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }
}
