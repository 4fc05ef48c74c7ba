/** Keeps samples in memory only. */
@NullMarked
package io.narthex.storage.memory;

import org.jspecify.annotations.NullMarked;
