/** Reads templates into trees. */
@NullMarked
package io.narthex.template.gotemplate.parse;

import org.jspecify.annotations.NullMarked;
