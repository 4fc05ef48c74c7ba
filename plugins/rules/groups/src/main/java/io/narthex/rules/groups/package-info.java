/** Recording and alerting rules: their configuration, and the service that runs them. */
@org.jspecify.annotations.NullMarked
package io.narthex.rules.groups;
