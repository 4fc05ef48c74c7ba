package io.narthex.web.api;

import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;

/**
 * How notifications are told; the section {@code web_notifications}.
 *
 * @param maxSubscribers how many clients may follow them at once; further ones get 204
 */
record NotificationSettings(
    @Default("16")
        @Flag(
            value = "web.max-notifications-subscribers",
            help =
                "Limits the maximum number of subscribers that can concurrently receive live"
                    + " notifications. If the limit is reached, new subscription requests will be"
                    + " denied until existing connections close.",
            roles = "prometheus")
        int maxSubscribers) {}
