/** Query engines and the functions that plugins add to them. */
@org.jspecify.annotations.NullMarked
package io.narthex.api.query;
