/**
 * Escapes by context, as Go's html/template: where in HTML, CSS, JavaScript or a URL an action
 * stands decides what is done to its value.
 */
@NullMarked
package io.narthex.template.gotemplate.html;

import org.jspecify.annotations.NullMarked;
