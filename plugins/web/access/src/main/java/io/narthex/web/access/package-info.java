/** Which series a user or a token sees, and what their queries may cost. */
@NullMarked
package io.narthex.web.access;

import org.jspecify.annotations.NullMarked;
