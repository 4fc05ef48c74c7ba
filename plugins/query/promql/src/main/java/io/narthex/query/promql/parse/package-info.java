/**
 * The PromQL language: lexer, parser, type checker and printers.
 *
 * <p>Text goes through {@link io.narthex.query.promql.parse.PromqlParser} and comes out as an
 * immutable, type-checked tree of {@link io.narthex.query.promql.parse.Expr}. Nothing here knows
 * storage or evaluation. All positions are offsets in bytes of the query's UTF-8 form, because that
 * is what Prometheus counts in its error messages.
 */
@NullMarked
package io.narthex.query.promql.parse;

import org.jspecify.annotations.NullMarked;
