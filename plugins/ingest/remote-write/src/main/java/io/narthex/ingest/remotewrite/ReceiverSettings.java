package io.narthex.ingest.remotewrite;

import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;
import java.util.List;

/**
 * Whether samples are taken from other servers; the section {@code remote_write_receiver}.
 *
 * @param enabled whether they are
 * @param acceptedProtobufMessages names of the messages that are read: {@code
 *     prometheus.WriteRequest} and {@code io.prometheus.write.v2.Request}
 */
record ReceiverSettings(
    @Default("false")
        @Flag(
            value = "web.enable-remote-write-receiver",
            help = "Enable API endpoint accepting remote write requests.",
            roles = "prometheus")
        boolean enabled,
    @Default({MessageVersion.ONE, MessageVersion.TWO})
        @Flag(
            value = "web.remote-write-receiver.accepted-protobuf-messages",
            help =
                "List of the remote write protobuf messages to accept when receiving the remote"
                    + " writes. Supported values: prometheus.WriteRequest,"
                    + " io.prometheus.write.v2.Request",
            roles = "prometheus")
        List<String> acceptedProtobufMessages) {
  ReceiverSettings {
    acceptedProtobufMessages =
        acceptedProtobufMessages.isEmpty()
            ? List.of(MessageVersion.ONE, MessageVersion.TWO)
            : List.copyOf(acceptedProtobufMessages);
    for (String name : acceptedProtobufMessages) {
      if (MessageVersion.named(name) == null) {
        throw new IllegalArgumentException(MessageVersion.unknown(name));
      }
    }
  }
}
