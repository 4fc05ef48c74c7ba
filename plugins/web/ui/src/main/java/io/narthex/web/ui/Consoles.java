package io.narthex.web.ui;

import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;

/**
 * Pages that whoever runs this writes as templates, served below {@code /consoles/}; the section
 * {@code web_consoles}.
 *
 * @param templates directory of the pages, relative to the working directory; empty for none
 * @param libraries directory whose files {@code *.lib} all pages may use, likewise
 */
record Consoles(
    @Default("consoles")
        @Flag(
            value = "web.console.templates",
            help = "Path to the console template directory, available at /consoles.",
            roles = "prometheus")
        String templates,
    @Default("console_libraries")
        @Flag(
            value = "web.console.libraries",
            help = "Path to the console library directory.",
            roles = "prometheus")
        String libraries) {}
