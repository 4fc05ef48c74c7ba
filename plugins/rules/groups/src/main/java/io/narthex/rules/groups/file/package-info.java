/** Rule files: what may stand in them, and what is wrong with them. */
@org.jspecify.annotations.NullMarked
package io.narthex.rules.groups.file;
