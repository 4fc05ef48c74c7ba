/**
 * The evaluation of rules: groups and their schedule, series that are written, states of alerts.
 */
@org.jspecify.annotations.NullMarked
package io.narthex.rules.groups.eval;
