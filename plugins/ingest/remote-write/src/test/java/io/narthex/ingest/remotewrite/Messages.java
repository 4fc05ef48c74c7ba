package io.narthex.ingest.remotewrite;

import io.narthex.api.wire.Message;

/** What requests are made of. */
final class Messages {
  private Messages() {}

  /** Version 1: labels as name, value, name, ... */
  static Message labels(Message into, String... labels) {
    for (int i = 0; i < labels.length; i += 2) {
      into.message(1, new Message().text(1, labels[i]).text(2, labels[i + 1]));
    }
    return into;
  }

  /** Version 1: a sample; also of version 2. */
  static Message sample(double value, long timestamp) {
    return new Message().float64(1, value).varint(2, timestamp);
  }
}
