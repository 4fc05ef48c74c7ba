package io.narthex.alerting.sender.aws;

import io.narthex.api.config.Secret;
import java.time.Instant;

/**
 * Who signs.
 *
 * @param sessionToken empty for long-lived credentials
 * @param expiration when they are worth nothing any more; {@link Instant#MAX} for never
 */
record Credentials(String accessKey, Secret secretKey, Secret sessionToken, Instant expiration) {
  Credentials(String accessKey, String secretKey, String sessionToken) {
    this(accessKey, Secret.of(secretKey), Secret.of(sessionToken), Instant.MAX);
  }
}
