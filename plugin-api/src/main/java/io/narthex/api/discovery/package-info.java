/** Service discovery: mechanisms that find targets. */
@org.jspecify.annotations.NullMarked
package io.narthex.api.discovery;
