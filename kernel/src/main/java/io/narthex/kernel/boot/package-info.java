/** Command line, logging, start and stop of the whole process. */
@NullMarked
package io.narthex.kernel.boot;

import org.jspecify.annotations.NullMarked;
