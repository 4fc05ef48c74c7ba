/** Template engines for alerts and consoles. */
@org.jspecify.annotations.NullMarked
package io.narthex.api.template;
