package io.narthex.ingest.scrape;

import io.narthex.api.plugin.Features;

/**
 * What {@code --enable-feature} switches on here.
 *
 * @param extraMetrics three more series tell of each scrape
 * @param startTimestamps start timestamps are read and handed to the storage
 * @param protoFirst protobuf is asked for first, which alone tells all start timestamps
 * @param typeAndUnitLabels series get {@code __type__} and {@code __unit__}
 * @param metadata the storage is told of metadata
 * @param startSynthesis start timestamps of counters are made up where targets tell none
 */
record ScrapeFeatures(
    boolean extraMetrics,
    boolean startTimestamps,
    boolean protoFirst,
    boolean typeAndUnitLabels,
    boolean metadata,
    boolean startSynthesis) {
  /** Nothing is switched on. */
  static final ScrapeFeatures NONE = new ScrapeFeatures(false, false, false, false, false, false);

  static ScrapeFeatures of(Features features) {
    boolean starts =
        features.enabled("created-timestamp-zero-ingestion") || features.enabled("st-storage");
    boolean synthesis = features.enabled("st-synthesis");
    return new ScrapeFeatures(
        features.enabled("extra-scrape-metrics"),
        starts || synthesis,
        starts,
        features.enabled("type-and-unit-labels"),
        features.enabled("metadata-wal-records"),
        synthesis);
  }
}
