package io.narthex.api.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class MessageTest {
  private static String hex(Message message) {
    return HexFormat.of().formatHex(message.toBytes());
  }

  @Test
  void writesFieldsOfAllWireTypes() {
    assertThat(hex(new Message().varint(1, 300))).isEqualTo("08ac02");
    assertThat(hex(new Message().varint(6, -1))).isEqualTo("30ffffffffffffffffff01");
    assertThat(hex(new Message().zigzag(5, -3))).isEqualTo("2805");
    assertThat(hex(new Message().fixed32(4, 0x04030201))).isEqualTo("2501020304");
    assertThat(hex(new Message().fixed64(2, 0x0807060504030201L))).isEqualTo("110102030405060708");
    assertThat(hex(new Message().float64(2, 1))).isEqualTo("11000000000000f03f");
    assertThat(hex(new Message().text(3, "ä"))).isEqualTo("1a02c3a4");
    assertThat(hex(new Message().message(16, new Message().varint(1, 7)))).isEqualTo("8201020807");
  }

  @Test
  void packsNumbers() {
    assertThat(hex(new Message().packed(1, 1, 300))).isEqualTo("0a0301ac02");
    assertThat(hex(new Message().packedZigzag(1, 1, -1))).isEqualTo("0a020201");
    assertThat(hex(new Message().packedFixed64(1, 1))).isEqualTo("0a080100000000000000");
    assertThat(hex(new Message().packedDoubles(1, 1))).isEqualTo("0a08000000000000f03f");
    assertThat(hex(new Message().packed(1))).isEqualTo("0a00");
  }

  @Test
  void writesWhatIsNoMessageToo() {
    Message fields = new Message().varint(1, 7);
    assertThat(hex(new Message().raw(0x0a, 0xff).raw(fields).raw(fields)))
        .isEqualTo("0aff08070807");
  }
}
