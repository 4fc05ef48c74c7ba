/** Who may see which series, and what their queries may cost. */
@org.jspecify.annotations.NullMarked
package io.narthex.api.access;
