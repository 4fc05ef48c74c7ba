/** Alerts on their way from rules to an Alertmanager, and views of rules. */
@org.jspecify.annotations.NullMarked
package io.narthex.api.alert;
