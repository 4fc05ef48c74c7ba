/** Loads, wires, watches and unloads plugins. */
@NullMarked
package io.narthex.kernel.plugin;

import org.jspecify.annotations.NullMarked;
