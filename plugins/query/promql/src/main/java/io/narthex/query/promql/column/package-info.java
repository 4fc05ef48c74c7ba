/**
 * Columns of values over evaluation times, decoded samples, and the windows that slide over them.
 * The lowest layer: knows neither the language nor storage.
 */
@NullMarked
package io.narthex.query.promql.column;

import org.jspecify.annotations.NullMarked;
