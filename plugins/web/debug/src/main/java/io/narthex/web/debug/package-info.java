/** What the Java virtual machine tells of the running process. */
@NullMarked
package io.narthex.web.debug;

import org.jspecify.annotations.NullMarked;
