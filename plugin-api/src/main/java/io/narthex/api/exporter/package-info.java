/** Exporters: sources of metrics that live in this process. */
@org.jspecify.annotations.NullMarked
package io.narthex.api.exporter;
