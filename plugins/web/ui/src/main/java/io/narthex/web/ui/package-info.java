/** The pages that a browser sees. */
@NullMarked
package io.narthex.web.ui;

import org.jspecify.annotations.NullMarked;
