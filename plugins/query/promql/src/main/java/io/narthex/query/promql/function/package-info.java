/**
 * The functions of the language, one small kernel each, in files by family. A kernel computes a
 * whole column, or all windows of a series, in one call.
 */
@NullMarked
package io.narthex.query.promql.function;

import org.jspecify.annotations.NullMarked;
