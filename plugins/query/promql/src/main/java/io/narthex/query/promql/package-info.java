/** The PromQL query engine. */
@NullMarked
package io.narthex.query.promql;

import org.jspecify.annotations.NullMarked;
