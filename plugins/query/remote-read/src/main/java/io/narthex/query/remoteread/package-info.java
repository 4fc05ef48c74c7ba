/** Gives other servers what is stored, by remote read. */
@NullMarked
package io.narthex.query.remoteread;

import org.jspecify.annotations.NullMarked;
