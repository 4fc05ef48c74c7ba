/** Exposition formats: parsers of scraped bytes. */
@org.jspecify.annotations.NullMarked
package io.narthex.api.format;
