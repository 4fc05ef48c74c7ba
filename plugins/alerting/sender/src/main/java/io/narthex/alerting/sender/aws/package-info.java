/** Requests that are signed for Amazon's services: Signature Version 4. */
@NullMarked
package io.narthex.alerting.sender.aws;

import org.jspecify.annotations.NullMarked;
