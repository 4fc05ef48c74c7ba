package io.narthex.web.ui;

import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;

/**
 * Files of whoever runs this, served below {@code /user/}; the section {@code web_user_assets}.
 *
 * @param directory relative to the working directory; empty for none
 */
record UserAssets(
    @Default("")
        @Flag(
            value = "web.user-assets",
            help = "Path to static asset directory, available at /user.",
            roles = "prometheus")
        String directory) {}
