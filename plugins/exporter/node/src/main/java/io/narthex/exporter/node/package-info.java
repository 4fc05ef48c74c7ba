/** This machine's metrics, under node_exporter's names. */
@NullMarked
package io.narthex.exporter.node;

import org.jspecify.annotations.NullMarked;
