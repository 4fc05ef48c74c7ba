package io.narthex.kernel.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientInputTest {
  private final ClientInput.Buffers buffers = new ClientInput.Buffers();

  /** Gives so many bytes at a time. */
  private ClientInput of(String text, int piece) {
    InputStream all = new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
    return new ClientInput(
        new InputStream() {
          @Override
          public int read() throws IOException {
            return all.read();
          }

          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            return all.read(target, offset, Math.min(piece, length));
          }
        },
        buffers);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 100_000})
  void readsLinesAndWhatFollows(int piece) throws IOException {
    String body = "x".repeat(40_000);
    ClientInput in = of("first\r\nsecond\n\r\n" + body, piece);
    HeadLimit limit = limit(6 + 6 + 1);
    assertThat(in.readLine(limit)).isEqualTo("first");
    assertThat(in.readLine(limit)).isEqualTo("second");
    assertThat(in.readLine(limit)).isEmpty();
    assertThatThrownBy(() -> limit.take(1)).hasMessageContaining("response headers exceeded 13");
    assertThat(in.readAllBytes()).hasSize(40_000).containsOnly('x');
    assertThat(in.read()).isEqualTo(-1);
    assertThat(in.rest()).isTrue();
  }

  private static HeadLimit limit(int most) {
    return new HeadLimit(new HeadLimit.Shared(0), most);
  }

  @Test
  void allHeadsTogetherTakeNoMoreThanThereIs() throws IOException {
    HeadLimit.Shared all = new HeadLimit.Shared(1 << 20);
    List<HeadLimit> small = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      small.add(new HeadLimit(all, HeadLimit.MOST));
      small.getLast().take(16 << 10);
    }
    assertThat(all.used()).as("of usual ones").isZero();
    HeadLimit one = new HeadLimit(all, HeadLimit.MOST);
    HeadLimit other = new HeadLimit(all, HeadLimit.MOST);
    one.take(200_000);
    assertThatThrownBy(() -> other.take(200_000))
        .hasMessage(
            "net/http: server response headers aborted: those of all answers together take more"
                + " than 1048576 bytes of memory");
    other.release();
    one.release();
    one.release();
    assertThat(all.used()).isZero();
    HeadLimit lines = new HeadLimit(all, HeadLimit.MOST);
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 10_000; i++) {
                lines.take(1);
                lines.lineEnded();
              }
            })
        .as("short lines cost more than their bytes")
        .hasMessageContaining("all answers together");
  }

  @Test
  void aLineEnds() {
    assertThatThrownBy(() -> of("no end", 3).readLine(limit(100))).isInstanceOf(EOFException.class);
    assertThatThrownBy(() -> of("long\n", 2).readLine(limit(3)))
        .hasMessageContaining("response headers exceeded");
  }

  @Test
  void aConnectionThatSaysMoreThanItWasAskedIsOfNoUse() throws IOException {
    ClientInput in = of("answer\nmore", 100);
    assertThat(in.readLine(limit(100))).isEqualTo("answer");
    assertThat(in.rest()).isFalse();
  }
}
