package io.narthex.api.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ByteScanTest {
  private static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void findsWhatAPlainLoopFinds() {
    long seed = 11;
    Random random = new Random(seed);
    byte[] alphabet = latin1("\"\\\n!#[]{|/0:\u000b\t\u00a2\u008a\u00dc\u00fb\u00a0 ab");
    for (int round = 0; round < 20_000; round++) {
      byte[] data = new byte[random.nextInt(40)];
      for (int i = 0; i < data.length; i++) {
        data[i] = alphabet[random.nextInt(alphabet.length)];
      }
      int from = random.nextInt(data.length + 1);
      int to = from + random.nextInt(data.length - from + 1);
      int quote = from;
      while (quote < to && data[quote] != '"' && data[quote] != '\\') {
        quote++;
      }
      int lineFeed = from;
      while (lineFeed < to && data[lineFeed] != '\n') {
        lineFeed++;
      }
      int name = from;
      while (name < to && data[name] != '{' && (data[name] & 0xff) >= '0') {
        name++;
      }
      assertThat(ByteScan.nameEnd(data, from, to))
          .as("seed %d round %d", seed, round)
          .isEqualTo(name);
      assertThat(ByteScan.quoteOrBackslash(data, from, to))
          .as("seed %d round %d", seed, round)
          .isEqualTo(quote);
      assertThat(ByteScan.lineFeed(data, from, to))
          .as("seed %d round %d", seed, round)
          .isEqualTo(lineFeed);
    }
  }

  @Test
  void takesForUtf8WhatJavaDoes() {
    long seed = 12;
    Random random = new Random(seed);
    int[] interesting = {
      0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0,
      0xf4, 0xf5, 0xff
    };
    int valid = 0;
    for (int round = 0; round < 200_000; round++) {
      byte[] data = new byte[1 + random.nextInt(5)];
      for (int i = 0; i < data.length; i++) {
        data[i] = (byte) interesting[random.nextInt(interesting.length)];
      }
      boolean expected;
      try {
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data));
        expected = true;
        valid++;
      } catch (CharacterCodingException e) {
        expected = false;
      }
      assertThat(ByteScan.isUtf8(data, 0, data.length))
          .as("seed %d round %d", seed, round)
          .isEqualTo(expected);
      // The same behind ASCII, of which eight bytes are looked at together, and within more bytes.
      int before = random.nextInt(20);
      byte[] longer = new byte[1 + before + data.length + random.nextInt(10)];
      Arrays.fill(longer, (byte) 'a');
      longer[0] = (byte) 0xff;
      System.arraycopy(data, 0, longer, 1 + before, data.length);
      assertThat(ByteScan.isUtf8(longer, 1, 1 + before + data.length))
          .as("seed %d round %d, behind %d letters", seed, round, before)
          .isEqualTo(expected);
    }
    assertThat(valid).isPositive();
  }

  @ParameterizedTest
  @CsvSource({
    "a, true, true, true, true",
    "Z, true, true, true, true",
    "_, true, true, true, true",
    ":, true, true, false, false",
    "7, false, true, false, true",
    "-, false, false, false, false",
    "., false, false, false, false",
    "é, false, false, false, false"
  })
  void knowsWhatNamesAreMadeOf(
      char c, boolean metricStart, boolean metricPart, boolean labelStart, boolean labelPart) {
    byte b = (byte) c;
    assertThat(ByteScan.isMetricStart(b)).isEqualTo(metricStart);
    assertThat(ByteScan.isMetricPart(b)).isEqualTo(metricPart);
    assertThat(ByteScan.isLabelStart(b)).isEqualTo(labelStart);
    assertThat(ByteScan.isLabelPart(b)).isEqualTo(labelPart);
  }

  @Test
  void hashesOfSimilarSeriesDiffer() {
    Set<Long> hashes = new HashSet<>();
    for (int i = 0; i < 200_000; i++) {
      byte[] key = latin1("metric{id=\"" + i + "\"}");
      hashes.add(ByteScan.hash(key, 0, key.length));
    }
    assertThat(hashes).hasSize(200_000);
  }

  @Test
  void theSameBytesHaveTheSameHashWhereverTheyStand() {
    byte[] data = latin1("abcdefghijk-abcdefghijk-abc-abc");
    assertThat(ByteScan.hash(data, 0, 11)).isEqualTo(ByteScan.hash(data, 12, 11));
    assertThat(ByteScan.hash(data, 24, 3)).isEqualTo(ByteScan.hash(data, 28, 3));
    assertThat(ByteScan.hash(data, 0, 10)).isNotEqualTo(ByteScan.hash(data, 0, 11));
  }

  @Test
  void showsBytesThatAreNoUtf8AsGoDoes() {
    byte[] data = latin1("a\u00ff\"\u00c3\u00a9\u00e2\u0082\n\0");
    assertThat(ByteScan.quote(data, 0, data.length)).isEqualTo("\"a\\xff\\\"é\\xe2\\x82\\n\\x00\"");
    assertThat(ByteScan.text(data, 0, 2)).isEqualTo("a\udcff");
  }

  @Test
  void showsTheBeginningOfALongText() {
    byte[] data = "é".repeat(5000).getBytes(StandardCharsets.UTF_8);
    assertThat(ByteScan.quote(data, 0, data.length)).isEqualTo("\"" + "é".repeat(2048) + "\"");
    assertThat(ByteScan.quote(data, 1, 4099)).startsWith("\"\\xa9é").endsWith("é\"");
    assertThat(ByteScan.quoteLine(latin1("ab"), 1, 2)).isEqualTo("\"b\\n\"");
  }

  @Test
  void undoesEscapes() {
    byte[] data = latin1("\\\\ \\n \\\" \\x \\");
    assertThat(ByteScan.unescaped(data, 0, data.length, true)).isEqualTo("\\ \n \" \\x \\");
    assertThat(ByteScan.unescaped(data, 0, data.length, false)).isEqualTo("\\ \n \\\" \\x \\");
  }

  @Test
  void findsTheBraceThatClosesLabels() {
    byte[] data = "{a=\"}\\\"}\n\",b=\"\"} 1\n{c}".getBytes(StandardCharsets.UTF_8);
    int close = new String(data, StandardCharsets.UTF_8).indexOf("} 1");

    assertThat(ByteScan.closingBrace(data, 1, data.length)).isEqualTo(close);
    assertThat(ByteScan.closingBrace(data, 1, close)).isEqualTo(-1);
    assertThat(ByteScan.closingBrace(data, close + 1, data.length)).as("line end").isEqualTo(-1);
    assertThat(ByteScan.closingBrace(data, 4, 6)).as("in quotes").isEqualTo(4);
  }
}
