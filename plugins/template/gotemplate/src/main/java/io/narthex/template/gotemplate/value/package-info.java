/**
 * Values as Go has them: types and their names, text of strings and numbers, and what fmt prints.
 */
@NullMarked
package io.narthex.template.gotemplate.value;

import org.jspecify.annotations.NullMarked;
