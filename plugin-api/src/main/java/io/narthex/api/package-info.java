/** The contract between Narthex and its plugins: what every extension point has in common. */
@org.jspecify.annotations.NullMarked
package io.narthex.api;
