/**
 * Start and stop of the process: {@link io.narthex.kernel.boot.Main}, then {@link
 * io.narthex.kernel.boot.Instance}.
 */
@org.jspecify.annotations.NullMarked
package io.narthex.kernel.boot;
