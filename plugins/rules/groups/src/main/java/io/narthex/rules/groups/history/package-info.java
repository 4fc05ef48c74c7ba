/** What alerts have been through: changes of their states, kept in a file and shown. */
@org.jspecify.annotations.NullMarked
package io.narthex.rules.groups.history;
