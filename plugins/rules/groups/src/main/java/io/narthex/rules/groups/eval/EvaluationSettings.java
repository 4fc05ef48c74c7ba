package io.narthex.rules.groups.eval;

import java.time.Duration;

/**
 * How rules are evaluated, whatever they are.
 *
 * @param outageTolerance how long ago an alert may have been active to be restored after a restart
 * @param gracePeriod how long a restored alert waits at least before it fires
 * @param resendDelay how long an alert is not sent again
 * @param permits for rules that are evaluated beside others
 */
public record EvaluationSettings(
    Duration outageTolerance, Duration gracePeriod, Duration resendDelay, Permits permits) {}
