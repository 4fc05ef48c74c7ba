/** Relabelling: Prometheus's {@code relabel_config}. */
@org.jspecify.annotations.NullMarked
package io.narthex.api.relabel;
