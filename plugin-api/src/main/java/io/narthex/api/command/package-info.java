/** Command-line tools. */
@org.jspecify.annotations.NullMarked
package io.narthex.api.command;
