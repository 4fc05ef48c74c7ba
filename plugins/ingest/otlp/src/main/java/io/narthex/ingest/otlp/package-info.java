/** Takes the metrics that OpenTelemetry's exporters and collectors send by OTLP over HTTP. */
@NullMarked
package io.narthex.ingest.otlp;

import org.jspecify.annotations.NullMarked;
