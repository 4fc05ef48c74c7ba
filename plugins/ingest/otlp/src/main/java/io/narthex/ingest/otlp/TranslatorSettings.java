package io.narthex.ingest.otlp;

/**
 * What a request is translated by.
 *
 * @param config the section
 * @param names the names that follow from it; the same object as long as the section is the same
 * @param typeAndUnitLabels whether series have {@code __type__} and {@code __unit__}
 * @param convertsDelta whether differences are summed up
 * @param takesDelta whether differences are stored as they come
 * @param deltas where differences are summed up
 * @param lookbackMillis how old a sample may be that a query finds
 * @param now milliseconds since the epoch
 */
record TranslatorSettings(
    OtlpConfig config,
    Names names,
    boolean typeAndUnitLabels,
    boolean convertsDelta,
    boolean takesDelta,
    DeltaStreams deltas,
    long lookbackMillis,
    long now) {}
