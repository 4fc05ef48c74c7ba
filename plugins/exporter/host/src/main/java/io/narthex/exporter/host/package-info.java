/**
 * Runs the configured exporters and serves what they collect. {@link
 * io.narthex.exporter.host.ExportersSection} first.
 */
@org.jspecify.annotations.NullMarked
package io.narthex.exporter.host;
