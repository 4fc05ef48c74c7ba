/** Notifiers: delivery of one grouped notification to one integration. */
@org.jspecify.annotations.NullMarked
package io.narthex.api.notify;
