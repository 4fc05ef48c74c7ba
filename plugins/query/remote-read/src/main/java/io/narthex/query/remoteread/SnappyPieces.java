package io.narthex.query.remoteread;

import io.airlift.compress.v3.snappy.SnappyJavaCompressor;
import io.narthex.api.wire.ProtobufWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * A Snappy block that is made piece by piece and held packed, with places that are filled in later:
 * a message's length stands before it and is known behind it, and the whole block's length stands
 * before all.
 *
 * <p>A block is a uvarint, its unpacked length, and then elements: literals and copies of what
 * stands a distance before. Elements of a piece refer to that piece alone, so pieces may stand
 * behind each other with anything between them.
 */
final class SnappyPieces {
  /** The longest block that there can be, unpacked. */
  private static final long LONGEST = 0xffff_ffffL;

  /** As far as a copy reaches back. */
  private static final int PIECE = 64 << 10;

  /** What an array in a list takes beside its bytes. */
  private static final int OVERHEAD = 24;

  private static final byte[] NOTHING = {};

  private final Share share;
  private final SnappyJavaCompressor compressor = new SnappyJavaCompressor();
  private final byte[] packed = new byte[compressor.maxCompressedLength(PIECE)];
  private final byte[] pending = new byte[PIECE];
  private int filled;
  private long unpacked;
  private final List<byte[]> pieces = new ArrayList<>();

  SnappyPieces(Share share) {
    this.share = share;
  }

  /** The answer is longer than a block can be. */
  static final class TooLongException extends Exception {
    private static final long serialVersionUID = 1L;

    TooLongException() {
      super(
          "cannot answer remote read: the samples take more than "
              + LONGEST
              + " bytes; ask for fewer samples at a time, or for STREAMED_XOR_CHUNKS");
    }
  }

  /** Appends. */
  void write(ProtobufWriter from) throws Share.NoRoomException, TooLongException {
    for (int at = 0; at < from.size(); ) {
      if (filled == PIECE) {
        pack();
      }
      int n = from.copy(at, pending, filled, PIECE - filled);
      filled += n;
      at += n;
    }
  }

  /** Leaves a place behind what was written, for {@link #fill}. */
  int leavePlace() throws Share.NoRoomException, TooLongException {
    pack();
    share.take(OVERHEAD);
    pieces.add(NOTHING);
    return pieces.size() - 1;
  }

  /** Fills a place, once, with 1 to 60 bytes. */
  void fill(int place, ProtobufWriter with) throws TooLongException {
    byte[] literal = new byte[1 + with.size()];
    literal[0] = (byte) ((with.size() - 1) << 2);
    with.copy(0, literal, 1, with.size());
    pieces.set(place, literal);
    count(with.size());
  }

  private void count(int more) throws TooLongException {
    unpacked += more;
    if (unpacked > LONGEST) {
      throw new TooLongException();
    }
  }

  private void pack() throws Share.NoRoomException, TooLongException {
    if (filled == 0) {
      return;
    }
    count(filled);
    int n = compressor.compress(pending, 0, filled, packed, 0, packed.length);
    int from = 0;
    // The compressor makes a block of its own; its length goes.
    while (packed[from++] < 0) {}
    byte[] piece = new byte[n - from];
    share.take(piece.length + OVERHEAD);
    System.arraycopy(packed, from, piece, 0, piece.length);
    pieces.add(piece);
    filled = 0;
  }

  /** Nothing is written any more, and all places are filled: the rest is packed. */
  void end() throws Share.NoRoomException, TooLongException {
    pack();
  }

  /** Sends the block, after {@link #end}. */
  void sendTo(OutputStream out) throws IOException {
    ProtobufWriter head = new ProtobufWriter();
    head.varint(unpacked);
    head.writeTo(out);
    for (byte[] piece : pieces) {
      out.write(piece);
    }
  }
}
