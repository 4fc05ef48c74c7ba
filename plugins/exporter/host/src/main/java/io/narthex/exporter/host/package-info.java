/** Runs the configured exporters and serves what they collect. */
@NullMarked
package io.narthex.exporter.host;

import org.jspecify.annotations.NullMarked;
