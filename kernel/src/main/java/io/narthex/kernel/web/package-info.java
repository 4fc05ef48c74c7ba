/** The HTTP host: listeners, TLS, authentication, routing to plugins. */
@NullMarked
package io.narthex.kernel.web;

import org.jspecify.annotations.NullMarked;
