/**
 * Operators: an expression is compiled into a tree of them, and each gives one column of values for
 * each of its series.
 */
@NullMarked
package io.narthex.query.promql.exec;

import org.jspecify.annotations.NullMarked;
