/** Configuration files, flags and environment, bound to records and reloaded as one. */
@NullMarked
package io.narthex.kernel.config;

import org.jspecify.annotations.NullMarked;
