package io.narthex.ingest.scrape;

import io.narthex.api.plugin.Current;
import io.narthex.api.service.Ticks;
import io.narthex.api.storage.Storage;
import java.util.function.Supplier;

/**
 * What all loops share.
 *
 * @param storage where samples go
 * @param negotiation what is spoken at present
 * @param workspaces buffers
 * @param metrics counters
 * @param time clocks
 * @param settings how scraping works, at present
 * @param features what is switched on
 * @param families metadata that targets share
 * @param userAgent how scrapes introduce themselves
 * @param offsetSeed differs from server to server
 */
record Surroundings(
    Current<Storage> storage,
    Supplier<Negotiation> negotiation,
    Workspace.Pool workspaces,
    ScrapeMetrics metrics,
    Ticks time,
    Supplier<ScrapeSettings> settings,
    ScrapeFeatures features,
    FamilyCache.Shared families,
    String userAgent,
    long offsetSeed) {}
