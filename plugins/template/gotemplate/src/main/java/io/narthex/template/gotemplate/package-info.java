/** Go's text and html templates, behind the template SPI. */
@NullMarked
package io.narthex.template.gotemplate;

import org.jspecify.annotations.NullMarked;
