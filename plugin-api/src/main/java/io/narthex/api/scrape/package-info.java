/** A view of the scrape targets for pages and the HTTP API. */
@org.jspecify.annotations.NullMarked
package io.narthex.api.scrape;
