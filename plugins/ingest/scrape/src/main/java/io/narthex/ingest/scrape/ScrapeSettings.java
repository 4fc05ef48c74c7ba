package io.narthex.ingest.scrape;

import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;
import java.time.Duration;

/**
 * How scraping works, whatever is scraped; the section {@code scrape}.
 *
 * @param adjustTimestamps whether scrape times are moved onto the grid of the interval
 * @param timestampTolerance by how much at most, and at most by 1 % of the interval
 * @param discoveryReloadInterval the least time between two changes of a job's targets
 */
record ScrapeSettings(
    @Default("true")
        @Flag(
            value = "scrape.adjust-timestamps",
            help =
                "Adjust scrape timestamps by up to `scrape.timestamp-tolerance` to align them to"
                    + " the intended schedule.",
            hidden = true,
            roles = "prometheus")
        boolean adjustTimestamps,
    @Default("2ms")
        @Flag(
            value = "scrape.timestamp-tolerance",
            help = "How far scrape timestamps may be adjusted.",
            hidden = true,
            roles = "prometheus")
        Duration timestampTolerance,
    @Default("5s")
        @Flag(
            value = "scrape.discovery-reload-interval",
            help = "Interval used by scrape manager to throttle target groups updates.",
            hidden = true,
            roles = "prometheus")
        Duration discoveryReloadInterval) {}
