/** Sends alerts to Alertmanagers: relabelled, queued, in batches, each at its own pace. */
@NullMarked
package io.narthex.alerting.sender;

import org.jspecify.annotations.NullMarked;
