package io.narthex.ingest.otlp;

import io.narthex.api.config.Flag;

/**
 * Whether metrics are taken by OTLP; the section {@code otlp_receiver}.
 *
 * @param enabled whether they are
 */
record OtlpReceiverSettings(
    @Flag(
            value = "web.enable-otlp-receiver",
            help = "Enable API endpoint accepting OTLP write requests.",
            roles = "prometheus")
        boolean enabled) {}
