/** scrape_configs: fetches targets over HTTP and appends their samples. */
@NullMarked
package io.narthex.ingest.scrape;

import org.jspecify.annotations.NullMarked;
