/** Parses the Prometheus text exposition format. */
@NullMarked
package io.narthex.format.prometheustext;

import org.jspecify.annotations.NullMarked;
